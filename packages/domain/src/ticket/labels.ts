import type { ClockLabels } from '../kernel/deadline.ts'
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
 * How a ticket's targets stand: the worst of their states, and when the first is due that has not been missed. When none runs, what
 * became of the last.
 */
function promiseLabels(ticket: Ticket, timeline: PolicyTimeline): Pick<ClockLabels, 'sla' | 'breachAt'> {
  const standings = targetStandings(ticket, timeline)
  const running = worstFirst.find((worst) => standings.some(({ state }) => state === worst))
  const sla = running ?? outcomeOf(ticket, timeline)
  const [breachAt] = standings.flatMap(({ state, dueAt }) => (state === 'BREACHED' ? [] : (dueAt ?? []))).sort()
  return { ...(sla && { sla }), ...(breachAt !== undefined && { breachAt }) }
}

/** What became of the targets that ended last: missed, met or given up, whichever says most. */
function outcomeOf({ clocks, ...ticket }: Ticket, timeline: PolicyTimeline): ClockLabels['sla'] {
  const { ended } = clocks
  if (!ended) return undefined
  const { targets, met, at } = ended
  if (slaTargets.some((target) => targets[target]?.breached !== undefined)) return 'BREACHED'
  if (met.length > 0) return 'ACHIEVED'
  const then = { ...ticket, clocks: { ...clocks, targets } }
  return slaTargets.some((target) => targetDue(then, timeline, target, at)) ? 'CANCELLED' : undefined
}
