import type { Instant } from '../kernel/instant.ts'
import { canonicalInstant, earliest, latest } from '../kernel/instant.ts'
import type { OpenSlaState, SlaTarget, TargetClock } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { ClockPause } from './pauses.ts'
import type { PolicyTimeline } from './policy-timeline.ts'
import { inForceBy } from './policy-timeline.ts'
import { pausesOf } from './pauses.ts'
import type { ServedTicket } from './target-deadlines.ts'
import { isImminent, targetDue, timeSpent } from './target-deadlines.ts'

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
  /** The business time that its clock has used by the instant that was asked for, or until it was due, in milliseconds. */
  readonly timeUsed?: number
  /** The business time that it has left then, in milliseconds; none when it is due. */
  readonly timeLeft?: number
}

/**
 * The targets of a ticket that run, as they stand at an instant, with the time that they have used and left, or as far as it is recorded
 * without one. What no policy promises is left out, unless it was missed when one did.
 * @param moment not before the ticket's last event.
 * @throws RangeError for what is no instant.
 */
export function targetStatuses(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  moment?: Instant,
): readonly TargetStatus[] {
  const at = moment && canonicalInstant(moment)
  return slaTargets.flatMap((target): TargetStatus[] => {
    const clock = ticket.clocks.targets[target]
    const status = clock && statusOf(ticket, timeline, target, clock, at)
    if (!status) return []
    const spent = at && spentAt(ticket, timeline, target, clock, at)
    return [{ target, cycle: clock.cycle, ...status, ...spent }]
  })
}

function statusOf(
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
  const present = (at && targetDue(ticket, inForceBy(timeline, at), target)) ?? due
  const since = lastStarted(pausesOf(ticket.clocks, present.sla.policy, target), clock)
  if (present.dueAt === undefined) return { state: 'PAUSED', since, dueAt: undefined }
  const dueAt = due.dueAt ?? present.dueAt
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

function spentAt(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  clock: TargetClock,
  at: Instant,
): Pick<Required<TargetStatus>, 'timeUsed' | 'timeLeft'> | undefined {
  const due = targetDue(ticket, timeline, target, at)
  if (due?.dueAt === undefined) return undefined
  return timeSpent(ticket.clocks, target, clock, { ...due, dueAt: due.dueAt }, earliest(at, due.dueAt))
}
