import type { Instant } from '../kernel/instant.ts'
import { sinceEpoch } from '../kernel/instant.ts'
import type { SlaTarget } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { targetDue } from './target-deadlines.ts'
import type { TargetState } from './vocabulary.ts'

/** A target that runs, with all that its deadline follows from. */
export type TargetStanding = {
  readonly target: SlaTarget
  /** Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew. */
  readonly cycle: number
  readonly state: TargetState
  /** Since when it runs. */
  readonly since: Instant
  /** When it is, or was, due; undefined while its clock stands still. */
  readonly dueAt: Instant | undefined
  /** The business time that is left while its clock stands still, in milliseconds. */
  readonly leftMs: number | undefined
  /** The SLA policy that promises it, and the calendar that its time is counted on: around the clock without one. */
  readonly policy: string
  readonly calendar: string | undefined
  /** The version of the configuration that says so. */
  readonly policyVersion: string
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
    const { cycle, from: since, warned, breached } = clock
    const dueAt = breached ?? (due.dueAt === undefined ? undefined : sinceEpoch(due.dueAt))
    return [
      {
        target,
        cycle,
        state: dueAt === undefined ? 'PAUSED' : dueAt < at ? 'BREACHED' : warned ? 'IMMINENT_BREACH' : 'PENDING',
        since,
        dueAt,
        leftMs: breached === undefined ? due.left : undefined,
        policy: due.sla.policy.name,
        calendar: due.sla.policy.calendar,
        policyVersion: due.policy.version,
      },
    ]
  })
}
