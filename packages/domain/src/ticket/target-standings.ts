import type { Instant } from '../kernel/instant.ts'
import { sinceEpoch } from '../kernel/instant.ts'
import type { PromisedBy, SlaTarget, TargetClock } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { isImminent, targetDue } from './target-deadlines.ts'
import type { TargetState } from './vocabulary.ts'

/** A target that runs, with all that its deadline follows from: what promises it, or what it was missed by. */
export type TargetStanding = Required<PromisedBy> & {
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
    return standing ? [{ target, cycle: clock.cycle, since: clock.from, ...standing }] : []
  })
}

function standingOf(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  { breached, missedBy }: TargetClock,
  at: Instant | undefined,
): Omit<TargetStanding, 'target' | 'cycle' | 'since'> | undefined {
  if (breached !== undefined && missedBy) {
    return { state: 'BREACHED', dueAt: breached, leftMs: undefined, calendar: undefined, ...missedBy }
  }
  const due = targetDue(ticket, timeline, target)
  if (!due) return undefined
  const { name: policy, calendar } = due.sla.policy
  const promise = { policy, calendar, policyVersion: due.policy.version }
  if (due.dueAt === undefined) return { state: 'PAUSED', dueAt: undefined, leftMs: due.left, ...promise }
  const dueAt = sinceEpoch(due.dueAt)
  const missed = at !== undefined && dueAt < at
  const state = missed ? 'BREACHED' : isImminent(ticket, timeline, target, due.dueAt) ? 'IMMINENT_BREACH' : 'PENDING'
  return { state, dueAt, leftMs: undefined, ...promise }
}
