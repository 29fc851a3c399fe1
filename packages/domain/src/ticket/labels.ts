import type { ClockLabels } from '../kernel/deadline.ts'
import type { Instant } from '../kernel/instant.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { Ticket, TicketState } from './state.ts'
import { targetDue } from './target-deadlines.ts'
import { targetStandings } from './target-standings.ts'

/**
 * Whether the desk is late on a ticket as it stands: nobody has worked on it for too long, or the customer of an urgent one
 * should have heard from the desk, or what it has promised is overdue, and it has not been made up for since.
 */
export const isLate = ({ stagnationReported, updateOverdue, clocks }: Ticket): boolean =>
  stagnationReported || updateOverdue || slaTargets.some((target) => clocks.targets[target]?.breached !== undefined)

/** What operators filter the clocks of tickets by; undefined before the ticket is opened. */
export function ticketLabels(state: TicketState, timeline: PolicyTimeline): ClockLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, priority, category } = state
  return { status, priority, category, late: isLate(state), ...promiseLabels(state, timeline) }
}

const worstFirst = ['BREACHED', 'IMMINENT_BREACH', 'PENDING', 'PAUSED'] as const

/**
 * How a ticket's targets stand: the worst of their states and since when it is, and when the first is due that has not been missed. When
 * none runs, what became of the last.
 */
function promiseLabels(ticket: Ticket, timeline: PolicyTimeline): Pick<ClockLabels, 'sla' | 'slaSince' | 'breachAt'> {
  const standings = targetStandings(ticket, timeline)
  const running = worstFirst.find((worst) => standings.some(({ state }) => state === worst))
  const promises = running
    ? { sla: running, slaSince: firstOf(standings.flatMap(({ state, since }) => (state === running ? since : []))) }
    : outcomeOf(ticket, timeline)
  const breachAt = firstOf(standings.flatMap(({ state, dueAt }) => (state === 'BREACHED' ? [] : (dueAt ?? []))))
  return { ...promises, ...(breachAt !== undefined && { breachAt }) }
}

const firstOf = (instants: readonly Instant[]): Instant | undefined => instants.toSorted()[0]

/** What became of the targets that ended last, and when: missed, met or given up, whichever says most. */
function outcomeOf(
  { clocks, ...ticket }: Ticket,
  timeline: PolicyTimeline,
): Pick<ClockLabels, 'sla' | 'slaSince'> | undefined {
  const { ended } = clocks
  if (!ended) return undefined
  const { targets, met, at } = ended
  const missedAt = firstOf(slaTargets.flatMap((target) => targets[target]?.breached ?? []))
  if (missedAt !== undefined) return { sla: 'BREACHED', slaSince: missedAt }
  if (met.length > 0) return { sla: 'ACHIEVED', slaSince: at }
  const then = { ...ticket, clocks: { ...clocks, targets } }
  return slaTargets.some((target) => targetDue(then, timeline, target, at))
    ? { sla: 'CANCELLED', slaSince: at }
    : undefined
}
