import type { DefinedAggregate } from '../kernel/aggregate.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { Aggregate, ClockLabels } from '../kernel/decider.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { id } from '../kernel/values.ts'
import type { SlaTarget } from '../sla/settings.ts'
import { slaTargets } from '../sla/settings.ts'
import { decideClassify } from './classification.ts'
import type { TicketCommand, TicketCommands } from './commands.ts'
import { acceptedWhenMerged, ticketCommands } from './commands.ts'
import { decideAttach, decideFeature, decideReply, open, repeatOnMerged } from './conversation.ts'
import { ticketDeadlines } from './deadlines.ts'
import { decideDetail } from './details.ts'
import { decideEscalation } from './escalation.ts'
import type { TicketEvent, TicketEvents } from './events.ts'
import { ticketEvents } from './events.ts'
import { decideMerge } from './merging.ts'
import type { EndedClock } from './pauses.ts'
import type { PolicyTimeline } from './policy.ts'
import { decideRedact } from './redaction.ts'
import { decideRouting } from './routing-rules.ts'
import type { CommandEnvelope, Terms } from './rule.ts'
import { decideChase, fireDeadline, withTargets } from './service-levels.ts'
import type { Ticket, TicketState } from './state.ts'
import { evolveTicket } from './state.ts'
import { decideStatus } from './status.ts'
import type { TargetStatus } from './targets.ts'
import { targetDue, targetStatuses, ticketDeadlineKinds } from './targets.ts'

/** The aggregate of tickets under the terms of a desk. */
export type TicketAggregate = Aggregate<TicketCommand, TicketEvent, TicketState>

/** Tickets: the streams `ticket-<id>`. A merged ticket names the one that takes its commands. */
export const ticketAggregate: DefinedAggregate<TicketCommands, TicketEvents, TicketState, Terms> = defineAggregate({
  category: 'ticket',
  id,
  commands: ticketCommands,
  events: ticketEvents,
  initial: { status: 'absent' },
  begunBy: ['open'],
  evolve: evolveTicket,
  generation: ({ withdrawals = 0 }) => withdrawals,
  deadlineKinds: ticketDeadlineKinds,
  deadlines: (state, termsAt) =>
    state.status === 'absent' ? [] : ticketDeadlines(state, termsAt(state.updatedAt).timeline),
  labels: (state, termsAt) =>
    state.status === 'absent' ? undefined : ticketLabels(state, termsAt(state.updatedAt).timeline),
  first: (command: CommandEnvelope, state, terms) => {
    if (state.status === 'absent' || state.mergedInto === undefined || acceptedWhenMerged.has(command.type))
      return undefined
    const message = `the ticket has been merged into ${state.mergedInto}`
    return (
      repeatOnMerged(command, state, terms) ?? deny(refusal('ticket_merged', { message, movedTo: state.mergedInto }))
    )
  },
  last: withTargets,
  rules: {
    open: (command, _, terms) => open(command, terms),
    ...decideStatus,
    ...decideReply,
    ...decideDetail,
    ...decideEscalation,
    ...decideFeature,
    ...decideAttach,
    ...decideRedact,
    ...decideClassify,
    ...decideMerge,
    ...decideChase,
    ...decideRouting,
    fire: fireDeadline,
  },
})

/**
 * Whether the desk is late on a ticket now: nobody has worked on it for too long, or the customer of an urgent one
 * should have received an update, or a promise is overdue, and it has not been made up for since.
 */
export const isLate = ({ stagnationReported, updateOverdue, clocks }: Ticket): boolean =>
  stagnationReported || updateOverdue || slaTargets.some((target) => clocks.targets[target]?.breached !== undefined)

/** The labels by which operators filter the clocks of tickets; undefined before the ticket is opened. */
export function ticketLabels(state: TicketState, timeline: PolicyTimeline): ClockLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, priority, category } = state
  const statuses = targetStatuses(state, timeline)
  const late = isLate(state)
  const outstanding = status !== 'closed' && (late || statuses.length > 0)
  return { status, priority, category, late, outstanding, ...promiseLabels(state, timeline, statuses) }
}

const worstFirst = ['BREACHED', 'IMMINENT_BREACH', 'PENDING', 'PAUSED'] as const

/**
 * The status of a ticket's targets: the worst one and since when, when the first is due that has not been missed, and
 * those that are missed. When none is running, the outcome of the last.
 */
function promiseLabels(
  ticket: Ticket,
  timeline: PolicyTimeline,
  statuses: readonly TargetStatus[],
): Pick<ClockLabels, 'sla' | 'slaSince' | 'breachAt' | 'missed'> {
  const running = worstFirst.find((worst) => statuses.some(({ state }) => state === worst))
  const promises = running
    ? { sla: running, slaSince: firstOf(statuses.flatMap(({ state, since }) => (state === running ? since : []))) }
    : outcomeOf(ticket, timeline)
  const breachAt = firstOf(statuses.flatMap(({ state, dueAt }) => (state === 'BREACHED' ? [] : (dueAt ?? []))))
  const missed = statuses
    .flatMap(({ target, state, since }) => (state === 'BREACHED' ? [{ target, since }] : []))
    .toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since))
  return { ...promises, ...(breachAt !== undefined && { breachAt }), ...(missed.length > 0 && { missed }) }
}

const firstOf = (instants: readonly Instant[]): Instant | undefined => instants.toSorted()[0]

type Outcome = { readonly sla: 'BREACHED' | 'ACHIEVED' | 'CANCELLED'; readonly slaSince: Instant }

const most: readonly Outcome['sla'][] = ['BREACHED', 'ACHIEVED', 'CANCELLED']

/** The outcome of the promises that ended last, and when: missed, met or given up, the most important one. */
function outcomeOf(ticket: Ticket, timeline: PolicyTimeline): Outcome | undefined {
  const outcomes = slaTargets.flatMap((target) => {
    const ended = ticket.clocks.ended[target]
    const outcome = ended && becameOf(ended, target, ticket, timeline)
    return outcome ? [{ ...outcome, at: ended.at }] : []
  })
  const lastAt = outcomes
    .map(({ at }) => at)
    .toSorted()
    .at(-1)
  const last = outcomes.filter(({ at }) => at === lastAt)
  const sla = most.find((each) => last.some((outcome) => outcome.sla === each))
  const slaSince = firstOf(last.flatMap((outcome) => (outcome.sla === sla ? outcome.slaSince : [])))
  return sla && slaSince !== undefined ? { sla, slaSince } : undefined
}

/** The outcome of a promise whose clock has ended; undefined when nothing was promised. */
function becameOf(
  { clock, at, met }: EndedClock,
  target: SlaTarget,
  ticket: Ticket,
  timeline: PolicyTimeline,
): Outcome | undefined {
  if (clock.breached !== undefined) return { sla: 'BREACHED', slaSince: clock.breached }
  if (met) return { sla: 'ACHIEVED', slaSince: at }
  const then = { ...ticket, clocks: { ...ticket.clocks, targets: { [target]: clock } } }
  return targetDue(then, timeline, target, at) && { sla: 'CANCELLED', slaSince: at }
}
