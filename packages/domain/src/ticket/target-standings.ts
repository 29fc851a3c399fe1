import type { Instant } from '../kernel/instant.ts'
import { sinceEpoch } from '../kernel/instant.ts'
import type { OpenSlaState, SlaTarget } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { targetDue } from './target-deadlines.ts'

/** How a target that runs stands. */
export type TargetStanding = {
  readonly target: SlaTarget
  /** Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew. */
  readonly cycle: number
  readonly state: OpenSlaState
  /** When it is, or was, due; undefined while its clock stands still. */
  readonly dueAt: Instant | undefined
}

/** The targets of a ticket that run, as they stand at an instant; what no policy promises is left out. */
export function targetStandings(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  at: Instant,
): readonly TargetStanding[] {
  return slaTargets.flatMap((target): TargetStanding[] => {
    const clock = ticket.clocks.targets[target]
    const due = clock && targetDue(ticket, timeline, target)
    if (!due) return []
    const { cycle, warned, breached } = clock
    const dueAt = breached ?? (due.dueAt === undefined ? undefined : sinceEpoch(due.dueAt))
    const state = dueAt === undefined ? 'PAUSED' : dueAt < at ? 'BREACHED' : warned ? 'IMMINENT_BREACH' : 'PENDING'
    return [{ target, cycle, state, dueAt }]
  })
}
