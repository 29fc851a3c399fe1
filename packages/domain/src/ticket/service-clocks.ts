import type { Instant } from '../kernel/instant.ts'
import type { Pause } from '../sla/run-out.ts'
import { startedClock } from '../sla/target-clock.ts'
import type { TargetClocks } from '../sla/target-clock.ts'
import type { TicketEvent } from './events.ts'
import { answersTheCustomer } from './events.ts'
import type { Ticket } from './state.ts'

/** Where the SLA clocks of a ticket stand. */
export type ServiceClocks = {
  /** The targets that run. One that is met, given up or made up for late runs no more: history holds what became of it. */
  readonly targets: TargetClocks
  /** How often a customer has waited for a next response. */
  readonly questions: number
  /** When what the policy or its calendar is chosen by has changed last: nothing falls due earlier by the new one. */
  readonly termsSince: Instant
  /** When the clocks stood still since the oldest target that runs began: for the customer, or by somebody's order. */
  readonly pauses: readonly { readonly from: Instant; readonly to: Instant | undefined }[]
  /** Why somebody has paused them, while they are. */
  readonly paused: { readonly reason: string; readonly since: Instant } | undefined
}

/** The clocks of a ticket that is opened at an instant, whose customer waits since then or longer. */
export const clocksFrom = (since: Instant, openedAt: Instant): ServiceClocks => ({
  targets: { first_response: startedClock(1, since), resolution: startedClock(1, since) },
  questions: 0,
  termsSince: openedAt,
  pauses: [],
  paused: undefined,
})

/** Whether a ticket's clocks stand still. */
export const standsStill = ({ status, clocks }: Pick<Ticket, 'status' | 'clocks'>): boolean =>
  status === 'waiting_customer' || clocks.paused !== undefined

/** The clocks after an event that leaves the ticket in a status. */
export function clocksAfter(before: Ticket, event: TicketEvent, status: Ticket['status']): ServiceClocks {
  const clocks = changed(before, event)
  const still = standsStill({ status, clocks })
  if (still === standsStill(before)) return clocks
  const pauses = still
    ? [...clocks.pauses, { from: event.at, to: undefined }]
    : clocks.pauses.map((pause) => (pause.to === undefined ? { ...pause, to: event.at } : pause))
  return { ...clocks, pauses }
}

function changed({ clocks, reopenings, team, level }: Ticket, event: TicketEvent): ServiceClocks {
  const { targets } = clocks
  switch (event.type) {
    case 'AgentReplied':
      return answersTheCustomer(event) ? { ...clocks, targets: { resolution: targets.resolution } } : clocks
    case 'CustomerReplied':
      return targets.first_response || targets.next_response ? clocks : asked(clocks, event.at)
    case 'TicketSplit':
      return targets.next_response?.from === event.waitingSince
        ? { ...clocks, targets: { ...targets, next_response: undefined } }
        : clocks
    case 'TicketResolved':
    case 'TicketClosed':
      return { ...clocks, targets: {}, pauses: [], paused: undefined }
    case 'TicketReopened':
      return { ...clocks, targets: { ...targets, resolution: startedClock(reopenings.length + 2, event.at) } }
    case 'PriorityChanged':
    case 'TicketCategorized':
    case 'PlanChanged':
      return { ...clocks, termsSince: event.at }
    case 'TicketClassified':
      return event.category === undefined && event.priority === undefined ? clocks : { ...clocks, termsSince: event.at }
    case 'ClocksPaused':
      return { ...clocks, paused: { reason: event.reason, since: event.at } }
    case 'ClocksResumed':
      return { ...clocks, paused: undefined }
    case 'TargetWarned':
      return { ...clocks, targets: mark(targets, event, { warned: true }) }
    case 'TargetBreached':
      return { ...clocks, targets: mark(targets, event, { breached: event.dueAt }) }
    case 'TicketEscalated': {
      const marked = event.missed ? { ...clocks, targets: mark(targets, event.missed, { escalated: true }) } : clocks
      return event.team === team && (event.level ?? level) === level ? marked : { ...marked, termsSince: event.at }
    }
    case 'TicketDeescalated':
      return { ...clocks, termsSince: event.at }
    case 'FeatureRequestNoted':
      return event.team === team ? clocks : { ...clocks, termsSince: event.at }
    default:
      return clocks
  }
}

const asked = (clocks: ServiceClocks, at: Instant): ServiceClocks => ({
  ...clocks,
  questions: clocks.questions + 1,
  targets: { ...clocks.targets, next_response: startedClock(clocks.questions + 1, at) },
})

function mark(
  targets: TargetClocks,
  { target, cycle }: { readonly target: keyof TargetClocks; readonly cycle: number },
  change: Partial<NonNullable<TargetClocks[keyof TargetClocks]>>,
): TargetClocks {
  const clock = targets[target]
  return clock?.cycle === cycle ? { ...targets, [target]: { ...clock, ...change } } : targets
}

/** The pauses in milliseconds since 1970; one that goes on ends at `until`, if that is given. */
export const pausesOf = ({ pauses }: ServiceClocks, until?: Instant): readonly Pause[] =>
  pauses.map(({ from, to = until }) => ({ from: Date.parse(from), to: to === undefined ? undefined : Date.parse(to) }))
