import type { TermsTimeline } from '../../configuration/terms.ts'
import { constantTerms, termsAt, versionAt } from '../../configuration/terms.ts'
import { clockActor } from '../../kernel/actor.ts'
import type { Instant } from '../../kernel/time.ts'
import { defaultWording } from '../../wording/default-wording.ts'
import type { TicketCommand, TicketCommandOf } from '../commands.ts'
import type { TicketEvent } from '../events.ts'
import type { TicketPolicy } from '../policy.ts'
import { defaultTicketPolicy } from '../policy.ts'
import type { Decision, CommandEnvelope } from '../rule.ts'
import type { Ticket, TicketState } from '../state.ts'
import type { TicketDeadline } from '../targets.ts'
import { ticketAggregate } from '../ticket.ts'

const terms = constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })

/** The aggregate with which the random lives are folded. */
export const ticket = ticketAggregate.under((at) => termsAt(terms, at))

/** One command of a random life, and its outcome. */
export type Step = {
  /** The terms that are known at the command's moment. */
  readonly timeline: TermsTimeline
  readonly command: CommandEnvelope
  readonly before: TicketState
  readonly decision: Decision
  readonly events: readonly TicketEvent[]
  readonly after: TicketState
}

/** Decides a command under the terms of a timeline. */
export function take(before: TicketState, command: CommandEnvelope, timeline: TermsTimeline): Step {
  const decision = ticketAggregate.under((at) => termsAt(timeline, at)).decide(command, before)
  const events = decision.ok ? decision.value : []
  return { timeline, command, before, decision, events, after: events.reduce(ticket.evolve, before) }
}

/** The policy in force at the command's moment. */
export const policyOf = ({ timeline, command }: Pick<Step, 'timeline' | 'command'>): TicketPolicy =>
  versionAt(timeline, command.at).policy

/** The firing of a deadline. */
export function fire(
  { kind, cycle, dueAt }: TicketDeadline,
  at: Instant,
  commandId: string,
): CommandEnvelope<TicketCommand> {
  return { type: 'fire', kind, cycle, dueAt, at, by: clockActor, commandId, aggregateId: 'T1' }
}

/** The events of a life. */
export const historyOf = (life: readonly Step[]): TicketEvent[] => life.flatMap(({ events }) => events)
/** Whether a command is somebody's answer. */
export const isReply = (
  command: CommandEnvelope,
): command is CommandEnvelope<TicketCommandOf<'agentReply' | 'customerReply'>> =>
  command.type === 'agentReply' || command.type === 'customerReply'
/** Whether there is a ticket. */
export const isTicket = (state: TicketState): state is Ticket => state.status !== 'absent'

/** Properties by the numbers of docs/lifecycle.md; each is checked on every random life. */
export type Invariants = Readonly<Record<string, (life: readonly Step[]) => void>>
