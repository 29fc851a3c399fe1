import type { Instant } from '../kernel/instant.ts'
import { latest } from '../kernel/instant.ts'
import type { OpenSlaState, SlaTarget, TargetClock } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { ClockPause } from './pauses.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import { pausesOf } from './pauses.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { isImminent, targetDue } from './target-deadlines.ts'

/** How a target that runs stands. */
export type TargetStatus = {
  readonly target: SlaTarget
  /**
   * Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew, and with each answer the
   * next update begins.
   */
  readonly cycle: number
  readonly state: OpenSlaState
  /** Since when: of one whose time passes, since it began or went on; of one that is missed, since it was due. */
  readonly since: Instant
  /** When it is, or was, due; undefined while its clock stands still. */
  readonly dueAt: Instant | undefined
}

/**
 * The targets of a ticket that run, as they stand at an instant, or as far as it is recorded without one. What no policy promises
 * is left out, unless it was missed when one did.
 */
export function targetStatuses(ticket: ServedTicket, timeline: PolicyTimeline, at?: Instant): readonly TargetStatus[] {
  return slaTargets.flatMap((target): TargetStatus[] => {
    const clock = ticket.clocks.targets[target]
    const standing = clock && standingOf(ticket, timeline, target, clock, at)
    return standing ? [{ target, cycle: clock.cycle, ...standing }] : []
  })
}

function standingOf(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  clock: TargetClock,
  at: Instant | undefined,
): Pick<TargetStatus, 'state' | 'since' | 'dueAt'> | undefined {
  const { breached, missedBy } = clock
  if (breached !== undefined && missedBy) return { state: 'BREACHED', since: breached, dueAt: breached }
  const due = targetDue(ticket, timeline, target)
  if (!due) return undefined
  const since = lastStarted(pausesOf(ticket.clocks, due.sla.policy, target), clock)
  if (due.dueAt === undefined) return { state: 'PAUSED', since, dueAt: undefined }
  const { dueAt } = due
  if (at !== undefined && dueAt < at) return { state: 'BREACHED', since: dueAt, dueAt }
  return clock.warnedAt !== undefined && isImminent(ticket, timeline, target, dueAt)
    ? { state: 'IMMINENT_BREACH', since: latest(since, clock.warnedAt), dueAt }
    : { state: 'PENDING', since, dueAt }
}

/** When a clock began to pass, or to stand still, as it does now. */
function lastStarted(pauses: readonly ClockPause[], { from, broughtInAt = from }: TargetClock): Instant {
  const last = pauses.at(-1)
  return latest(latest(from, broughtInAt), last?.to ?? last?.from ?? from)
}
