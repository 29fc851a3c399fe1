import type { Instant } from '../kernel/instant.ts'
import { sinceEpoch } from '../kernel/instant.ts'
import type { OpenSlaState, SlaTarget, TargetClock } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { isImminent, targetDue } from './target-deadlines.ts'

/** How a target that runs stands. */
export type TargetStanding = {
  readonly target: SlaTarget
  /** Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew. */
  readonly cycle: number
  readonly state: OpenSlaState
  /** When it is, or was, due; undefined while its clock stands still. */
  readonly dueAt: Instant | undefined
}

/**
 * The targets of a ticket that run, as they stand at an instant, or as far as it is recorded without one. What no policy promises
 * is left out, unless it was missed when one did.
 */
export function targetStandings(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  at?: Instant,
): readonly TargetStanding[] {
  return slaTargets.flatMap((target): TargetStanding[] => {
    const clock = ticket.clocks.targets[target]
    const standing = clock && standingOf(ticket, timeline, target, clock, at)
    return standing ? [{ target, cycle: clock.cycle, ...standing }] : []
  })
}

function standingOf(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  { breached, missedBy }: TargetClock,
  at: Instant | undefined,
): Pick<TargetStanding, 'state' | 'dueAt'> | undefined {
  if (breached !== undefined && missedBy) return { state: 'BREACHED', dueAt: breached }
  const due = targetDue(ticket, timeline, target)
  if (!due) return undefined
  if (due.dueAt === undefined) return { state: 'PAUSED', dueAt: undefined }
  const dueAt = sinceEpoch(due.dueAt)
  const missed = at !== undefined && dueAt < at
  const state = missed ? 'BREACHED' : isImminent(ticket, timeline, target, due.dueAt) ? 'IMMINENT_BREACH' : 'PENDING'
  return { state, dueAt }
}
