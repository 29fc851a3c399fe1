import type { Deadline } from '../kernel/decider.ts'
import type { BusinessDays, Instant } from '../kernel/time.ts'
import { canonicalInstant, earliest, inForceAt, later, latest, sinceEpoch } from '../kernel/time.ts'
import type { RunOut } from '../sla/business-time.ts'
import { inBusinessMs, runOut, timeUsed } from '../sla/business-time.ts'
import type { OpenSlaState, SlaPolicy, SlaTarget, TargetClock } from '../sla/settings.ts'
import { promiseNames, slaTargets } from '../sla/settings.ts'
import type { SlaInForce, TermsChange } from '../sla/terms.ts'
import { slaFor, slaOn } from '../sla/terms.ts'
import type { ClockPause } from './pauses.ts'
import { inMilliseconds, pausesOf, pausesSince } from './pauses.ts'
import type { PolicyTimeline, TicketPolicy } from './policy.ts'
import { dueOver, inForceBy } from './policy.ts'
import type { Ticket } from './state.ts'

/** When a target is due, or how much time is left while its clock is paused, and under which policy. */
export type TargetDue = DueOrLeft & {
  readonly sla: SlaInForce
  readonly policy: TicketPolicy
  /** The change before which it did not fall due. */
  readonly notBefore?: TermsChange | undefined
}

/** The facts of a ticket that its targets follow from. */
export type ServedTicket = Pick<Ticket, 'category' | 'priority' | 'plan' | 'team' | 'level' | 'clocks'>

/** When a target is due; while its clock is paused, the milliseconds of business time that are left. */
type DueOrLeft =
  { readonly dueAt: Instant; readonly left?: undefined } | { readonly left: number; readonly dueAt?: undefined }

type TargetDeadline = RunOut & Omit<TargetDue, 'dueAt' | 'left'>

/**
 * The time that a policy gives for a target, in milliseconds of business time or in business days; undefined when it
 * promises none.
 */
export const targetTime = (policy: SlaPolicy, target: SlaTarget): number | BusinessDays | undefined =>
  policy[promiseNames[target]]

/**
 * When a running target is due; undefined when no policy promises it. Time that a clock has used stays used when the
 * policy, the priority, the category, the plan or the team changes, and nothing falls due before the change.
 * @param until ends an open pause, to compute when a target would be due if its clock resumed then, by the versions
 * that are in force by then.
 */
export function targetDue(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  until?: Instant,
): TargetDue | undefined {
  const clock = ticket.clocks.targets[target]
  if (!clock) return undefined
  const due = runsOut({
    ticket,
    timeline: until ? inForceBy(timeline, until) : timeline,
    target,
    clock,
    length: (policy) => targetTime(policy, target),
    until: until && canonicalInstant(until),
  })
  return clock.breached === undefined ? inInstants(due) : missedDue(ticket, timeline, target, clock.breached, due)
}

function inInstants(due: TargetDeadline | undefined): TargetDue | undefined {
  return due?.dueAt === undefined ? due : { ...due, dueAt: sinceEpoch(due.dueAt) }
}

/** When a missed target was due, and under which policy, whatever terms and team the ticket has now. */
function missedDue(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  breached: Instant,
  due: TargetDeadline | undefined,
): TargetDue | undefined {
  const missedBy = ticket.clocks.targets[target]?.missedBy
  const policy =
    timeline.find((version) => version.policy.version === missedBy?.policyVersion)?.policy ??
    inForceAt(timeline, breached)?.policy
  const levels = policy?.serviceLevels
  const row = levels?.policies.find(({ name }) => name === missedBy?.policy)
  const by =
    levels && row && missedBy
      ? {
          policy,
          sla: slaOn(levels, row, { calendar: missedBy.calendar, calendarOf: missedBy.calendarOf }, ticket.category),
        }
      : due
  return by && { dueAt: breached, policy: by.policy, sla: by.sla }
}

/**
 * When a missed target is escalated, and under which policy: the one that applies to the ticket, whether or not it
 * still promises the target. Undefined when none applies, or the target has not been missed.
 */
export function escalationDue(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
): TargetDue | undefined {
  const clock = ticket.clocks.targets[target]
  const from = clock?.breached
  if (from === undefined) return undefined
  const beganOf = (policy: SlaPolicy) => (policy.escalateFrom === 'opening' ? clock : undefined)
  return inInstants(
    runsOut({ ticket, timeline, target, clock: { from }, length: ({ escalateAfter }) => escalateAfter, beganOf }),
  )
}

/** The next deadline of each running target: the warning, then the breach, then the escalation. */
export function targetDeadlines(ticket: Ticket, timeline: PolicyTimeline): TicketDeadline[] {
  return slaTargets.flatMap((target) => {
    const clock = ticket.clocks.targets[target]
    const due = clock && nextStep(ticket, timeline, target, clock)
    return due ? [due] : []
  })
}

function nextStep(
  ticket: Ticket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  clock: TargetClock,
): TicketDeadline | undefined {
  const { cycle, breached, escalated } = clock
  const at = (kind: TicketDeadline['kind'], dueAt: Instant | undefined): TicketDeadline | undefined =>
    dueAt === undefined ? undefined : { kind, cycle, dueAt }
  if (breached !== undefined)
    return escalated ? undefined : at(`${target}_escalation`, escalationDue(ticket, timeline, target)?.dueAt)
  const due = targetDue(ticket, timeline, target)
  if (due?.dueAt === undefined) return undefined
  const warning = warningDue(ticket, timeline, target, clock, due.dueAt)
  return hasWarned(clock, warning) ? at(`${target}_breach`, later(due.dueAt, 1)) : at(`${target}_warning`, warning)
}

/** When the desk is warned of a target that is due at an instant. */
function warningDue(
  ticket: ServedTicket,
  timeline: PolicyTimeline,
  target: SlaTarget,
  clock: TargetClock,
  dueAt: Instant,
): Instant {
  const warning = runsOut({
    ticket,
    timeline,
    target,
    clock,
    length: (policy) => targetTime(policy, target),
    share: ({ warnAt }) => warnAt,
  })
  return warning?.dueAt === undefined ? dueAt : earliest(sinceEpoch(warning.dueAt), dueAt)
}

/** A warning counts as given, unless the terms now in force put it after the due instant that it warned of. */
const hasWarned = ({ warned }: TargetClock, warning: Instant): boolean => warned !== undefined && warning <= warned

/** Whether the desk has been warned of a target that is due at an instant, under the terms that set this instant. */
export function isImminent(ticket: ServedTicket, timeline: PolicyTimeline, target: SlaTarget, dueAt: Instant): boolean {
  const clock = ticket.clocks.targets[target]
  return clock?.warned !== undefined && hasWarned(clock, warningDue(ticket, timeline, target, clock, dueAt))
}

/** A time that runs out on the clock of a target. */
type RunningTime = {
  readonly ticket: ServedTicket
  readonly timeline: PolicyTimeline
  readonly target: SlaTarget
  readonly clock: Pick<TargetClock, 'from'> & Partial<TargetClock>
  /** How long it is by a policy; undefined where that promises none. */
  readonly length: (policy: SlaPolicy) => number | BusinessDays | undefined
  /** Ends an open pause. */
  readonly until?: Instant | undefined
  /** The part of the length that counts; the whole by default. */
  readonly share?: (policy: SlaPolicy) => number
  /** An earlier clock that it runs on by a policy. */
  readonly beganOf?: (policy: SlaPolicy) => TargetClock | undefined
}

function runsOut(time: RunningTime): TargetDeadline | undefined {
  const { ticket, timeline, target, length, until, share, beganOf } = time
  const { from, broughtInAt = from } = time.clock
  const { clocks } = ticket
  const began = Date.parse(from)
  return dueOver(
    timeline,
    Math.max(began, Date.parse(broughtInAt), Date.parse(clocks.termsSince)),
    (policy, notBefore): TargetDeadline | undefined => {
      const sla = policy.serviceLevels && slaFor(policy.serviceLevels, ticket, target)
      const promisedTime = sla && length(sla.policy)
      if (!sla || promisedTime === undefined) return undefined
      const earlier = beganOf?.(sla.policy)
      const since = earlier ? (earlier.broughtInAt ?? earlier.from) : broughtInAt
      const start = earlier ? Date.parse(earlier.from) : began
      const pauses = inMilliseconds(pausesSince(pausesOf(clocks, sla.policy, target), since), until)
      const whole = inBusinessMs(sla.time, start, promisedTime)
      const run = runOut(sla.time, start, share ? Math.floor(whole * share(sla.policy)) : whole, pauses)
      if (run.dueAt === undefined || run.dueAt >= notBefore) return { ...run, sla, policy }
      const change = changeAt(clocks, sinceEpoch(notBefore), broughtInAt)
      return { ...runOut(sla.time, notBefore, 0, pauses), sla, policy, notBefore: change }
    },
  )
}

/** The change at the instant before which a deadline does not fall due. */
export function changeAt(
  { termsSince, termsChange }: ServedTicket['clocks'],
  at: Instant,
  broughtInAt?: Instant,
): TermsChange {
  if (at === termsSince) return { at, change: termsChange }
  return { at, change: at === broughtInAt ? 'merge' : 'configuration' }
}

/**
 * The business time that a target's clock has used at an instant, which is not after the due instant, and the time left
 * until then.
 */
export function timeSpent(
  clocks: ServedTicket['clocks'],
  target: SlaTarget,
  { from, broughtInAt = from }: TargetClock,
  { dueAt, sla }: TargetDue & { readonly dueAt: Instant },
  at: Instant,
) {
  const pauses = inMilliseconds(pausesSince(pausesOf(clocks, sla.policy, target), broughtInAt), at)
  const [began, ended] = [Date.parse(from), Date.parse(latest(from, at))]
  return {
    timeUsed: timeUsed(sla.time, began, ended, pauses),
    timeLeft: sla.time.between(ended, Date.parse(latest(from, dueAt))),
  }
}

/** The status of a running target. */
export type TargetStatus = {
  readonly target: SlaTarget
  /**
   * Which time this is: a reopened ticket's resolution is the second; a customer's later message starts another wait;
   * each answer starts the next update.
   */
  readonly cycle: number
  readonly state: OpenSlaState
  /** Since when: of a running target, since it began or resumed; of a missed one, since it was due. */
  readonly since: Instant
  /** When it is, or was, due; undefined while its clock is paused. */
  readonly dueAt: Instant | undefined
  /** The business time that its clock has used by the requested instant, or until it was due, in milliseconds. */
  readonly timeUsed?: number
  /** The business time that is left then, in milliseconds; absent when it is due. */
  readonly timeLeft?: number
}

/**
 * The running targets of a ticket with their status at an instant, and the time they have used and left; without an
 * instant, as far as it is recorded. A target that no policy promises is left out, unless it was missed when one did.
 * @param moment not before the ticket's last event.
 * @throws RangeError for an invalid instant.
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

/** When a clock last started or paused. */
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

type TargetStep = `${SlaTarget}_${'warning' | 'breach' | 'escalation'}`

const targetSteps = slaTargets.flatMap((target): TargetStep[] => [
  `${target}_warning`,
  `${target}_breach`,
  `${target}_escalation`,
])

/**
 * The kinds of deadlines of a ticket. A breach falls due a millisecond after its target: at the target itself there is
 * still time.
 */
export const ticketDeadlineKinds: readonly ['chase', ...TicketDeadlineKind[]] = [
  'chase',
  'close_unanswered',
  'close_resolved',
  'stagnation',
  'update',
  ...targetSteps,
]

/** The kind of a deadline of a ticket. */
export type TicketDeadlineKind = 'chase' | 'close_unanswered' | 'close_resolved' | 'stagnation' | 'update' | TargetStep

/** A deadline of a ticket. */
export type TicketDeadline = Deadline<TicketDeadlineKind>
