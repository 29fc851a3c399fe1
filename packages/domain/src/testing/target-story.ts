import type { TermsTimeline } from '../configuration/terms.ts'
import { constantTerms } from '../configuration/terms.ts'
import { clockActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, sinceEpoch } from '../kernel/time.ts'
import { aroundTheClock } from '../sla/business-time.ts'
import { slaPolicySchema } from '../sla/settings.ts'
import type { ServiceLevels } from '../sla/terms.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { ticketDeadlines } from '../ticket/deadlines.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { Ticket, TicketState } from '../ticket/state.ts'
import { evolveTicket } from '../ticket/state.ts'
import type { TicketDeadline } from '../ticket/targets.ts'
import { defaultWording } from '../wording/default-wording.ts'
import { alex, camille, ticketOpened } from './examples.ts'
import { specifyTicket } from './specification.ts'

/** Nine to five in UTC, Monday to Friday: a simple calendar to count on. */
const nineToFive = {
  add: (from: number, length: number): number => {
    let [left, at] = [length, from]
    for (;;) {
      const open = opening(at)
      if (left === 0 && open > at) return at
      const close = Math.floor(open / days(1)) * days(1) + hours(17)
      if (left <= close - open) return open + left
      left -= close - open
      at = close
    }
  },
  between: (from: number, to: number): number => {
    let [sum, at] = [0, from]
    for (;;) {
      const open = opening(at)
      if (open >= to) return sum
      const close = Math.floor(open / days(1)) * days(1) + hours(17)
      sum += Math.min(close, to) - open
      at = close
    }
  },
}

function opening(at: number): number {
  const day = Math.floor(at / days(1)) * days(1)
  const weekday = new Date(sinceEpoch(day)).getUTCDay()
  if (weekday === 0 || weekday === 6 || at >= day + hours(17)) return opening(day + days(1))
  return Math.max(at, day + hours(9))
}

const row = (input: object) => slaPolicySchema.parse(input)

/**
 * Service levels of these policies, written as in a configuration, on two calendars: `office`, nine to five in UTC, and
 * `constantPolicy`. Breaches of the category `technical` are escalated to the team `engineers`.
 * @throws ZodError for an invalid policy.
 */
export const levels = (...policies: object[]): ServiceLevels => ({
  policies: policies.map(row),
  calendars: { office: nineToFive, always: aroundTheClock },
  escalationTeams: { technical: 'engineers' },
})

/**
 * The default policy under these service levels, as a version of the configuration; stagnation is too far away to
 * interfere.
 */
export const policyOf = (serviceLevels: ServiceLevels, version = 'v1') => ({
  ...defaultTicketPolicy,
  stagnationAfter: days(300),
  serviceLevels,
  version,
})
/** Targets that are all paused while the desk waits for the customer. */
export const pausedThroughout = { pausedWhileWaiting: ['firstResponse', 'nextResponse', 'resolution', 'update'] }

/**
 * Four hours to the first response, two to the next ones, three days to the resolution, from nine to five; all are
 * paused in a wait.
 */
export const fourHours = levels({
  ...pausedThroughout,
  name: 'standard',
  calendar: 'office',
  firstResponse: '4h',
  nextResponse: '2h',
  resolution: '3d',
})

const folded = (events: readonly TicketEvent[]): TicketState =>
  fold({ initial: { status: 'absent' }, evolve: evolveTicket }, events)

/** The events of a ticket under a timeline of terms: from its opening on, or after a given history. */
export function story(timeline: TermsTimeline, begun: TicketEvent | readonly TicketEvent[] = ticketOpened()) {
  const { given } = specifyTicket({ timeline })
  const events = [begun].flat()
  const by = { agent: alex, customer: camille, clock: clockActor } as const
  const self = {
    events,
    state: (): Ticket => {
      const state = folded(events)
      if (state.status === 'absent') throw new Error('no ticket has been opened')
      return state
    },
    deadlines: (): readonly TicketDeadline[] => ticketDeadlines(folded(events), timeline),
    due: (kind: string): Instant | undefined => self.deadlines().find((one) => one.kind === kind)?.dueAt,
    send: (command: TicketCommandInput, at: Instant, who: keyof typeof by = 'agent') => {
      const { decision } = given(...events).when(command, { at, by: by[who], commandId: `c${events.length}` })
      if (!decision.ok) throw new Error(decision.refusal.message)
      events.push(...decision.value)
      return decision.value
    },
    /** Fires the next deadline, `late` milliseconds after its time. */
    fire: (kind: string, late = 0): readonly TicketEvent[] => {
      const due = self.deadlines().find((one) => one.kind === kind)
      if (!due) throw new Error(`${kind} is not due: ${JSON.stringify(self.deadlines())}`)
      return self.send({ type: 'fire', ...due }, later(due.dueAt, late), 'clock')
    },
  }
  return self
}

/** A timeline in which these service levels are always in force. */
export const under = (serviceLevels: ServiceLevels) =>
  constantTerms({ policy: policyOf(serviceLevels), wording: defaultWording })
