import type { Instant } from '../kernel/time.ts'
import { earliest, elapsed, latest, sinceEpoch } from '../kernel/time.ts'
import type { Pause } from '../sla/business-time.ts'
import type { SlaPolicy, SlaTarget, TargetClock, TargetClocks } from '../sla/settings.ts'
import { pausesWhileWaiting } from '../sla/settings.ts'
import type { TermsChange } from '../sla/terms.ts'
import { ticketLimits } from './vocabulary.ts'

/** The state of the SLA clocks of a ticket. */
export type ServiceClocks = {
  /**
   * The targets that are running. A target that is met, given up or made up for late is no longer running: history
   * holds its outcome.
   */
  readonly targets: TargetClocks
  /** The clock that ended last, for each target. */
  readonly ended: { readonly [K in SlaTarget]?: EndedClock }
  /** Whether an agent has ever answered. */
  readonly answered: boolean
  /** How many times a customer has waited for a next response. */
  readonly questions: number
  /** How many times the time to the next update has begun. */
  readonly updates: number
  /** The customer's messages since the desk last answered, the oldest first. */
  readonly waiting: readonly Question[]
  /**
   * When the facts that select the policy or its calendar last changed: nothing falls due earlier under the new one.
   */
  readonly termsSince: Instant
  /** Which of these facts changed. */
  readonly termsChange: TermsChange['change']
  /** The pauses since the oldest running target began: while waiting for the customer, or by somebody's order. */
  readonly pauses: readonly ClockPause[]
  /** The pauses by somebody's order: these also pause targets that run on while the desk waits for the customer. */
  readonly ordered: readonly ClockPause[]
  /** The reason that somebody gave for pausing them, while they are paused. */
  readonly paused: { readonly reason: string; readonly since: Instant } | undefined
}

/** A clock of a target that has ended: its last state, when it ended, and whether the target was met. */
export type EndedClock = { readonly clock: TargetClock; readonly at: Instant; readonly met: boolean }

const epoch = sinceEpoch(0)

/** A pause of a ticket's clocks; without an end it is still open. */
export type ClockPause = { readonly from: Instant; readonly to: Instant | undefined }

/**
 * The pauses with a new open one. When the limit is reached, a quarter of them, those closest to their next, are merged
 * with it.
 */
function pausedFrom(pauses: readonly ClockPause[], from: Instant): readonly ClockPause[] {
  const earlierPauses =
    pauses.length < ticketLimits.pauses ? pauses : withoutNarrowGaps(pauses, ticketLimits.pauses / 4)
  return [...earlierPauses, { from, to: undefined }]
}

function withoutNarrowGaps(pauses: readonly ClockPause[], count: number): readonly ClockPause[] {
  const gap = (index: number): number => elapsed(pauses[index - 1]?.to ?? epoch, pauses[index]?.from ?? epoch)
  const byGap = pauses.map((_, index) => ({ index, gap: gap(index) })).slice(1)
  const narrow = new Set(
    byGap
      .sort((one, other) => one.gap - other.gap)
      .slice(0, count)
      .map(({ index }) => index),
  )
  const joined: ClockPause[] = []
  for (const [index, pause] of pauses.entries()) {
    const last = narrow.has(index) ? joined.pop() : undefined
    joined.push(last ? { from: last.from, to: pause.to } : pause)
  }
  return joined
}

/** The pauses, with the last one ended. */
function resumedAt(pauses: readonly ClockPause[], to: Instant): readonly ClockPause[] {
  const last = pauses.at(-1)
  if (last?.to !== undefined || !last) return pauses
  return last.from === to ? pauses.slice(0, -1) : [...pauses.slice(0, -1), { from: last.from, to }]
}

/** The pauses after the clocks are stopped or resumed at an instant. */
export const pausesAfter = (pauses: readonly ClockPause[], isStill: boolean, at: Instant): readonly ClockPause[] =>
  isStill ? pausedFrom(pauses, at) : resumedAt(pauses, at)

/** The pauses of a ticket that apply to a target under a policy. */
export const pausesOf = (
  { pauses, ordered }: { readonly pauses: readonly ClockPause[]; readonly ordered: readonly ClockPause[] },
  policy: SlaPolicy,
  target: SlaTarget,
): readonly ClockPause[] => (pausesWhileWaiting(policy, target) ? pauses : ordered)

/** The parts of the pauses between two instants. */
export const pausesBetween = (
  pauses: readonly ClockPause[],
  since: Instant,
  until: Instant,
): readonly { readonly from: Instant; readonly to: Instant }[] =>
  pauses
    .map(({ from, to = until }) => ({ from: latest(from, since), to: earliest(to, until) }))
    .filter(({ from, to }) => from < to)

/** The parts of the pauses after an instant. */
export const pausesSince = (pauses: readonly ClockPause[], since: Instant): readonly ClockPause[] =>
  pauses
    .filter(({ to }) => to === undefined || to > since)
    .map((pause) => (pause.from < since ? { ...pause, from: since } : pause))

/** The pauses in milliseconds since 1970; an open one ends at `until`, if that is given. */
export const inMilliseconds = (pauses: readonly ClockPause[], until?: Instant): readonly Pause[] =>
  pauses.map(({ from, to = until }) => ({ from: Date.parse(from), to: to === undefined ? undefined : Date.parse(to) }))

/** A message of the customer that waits for an answer. */
export type Question = {
  readonly since: Instant
  /** Its message id, by which it can be split off; a question that came with a merge has none here. */
  readonly messageId?: string
}

/** How many are stored: the oldest, from which everything is counted. */
const most = 20

/** The waiting questions with one more, the oldest first. */
export function withQuestion(waiting: readonly Question[], question: Question): readonly Question[] {
  const index = waiting.findLastIndex(({ since }) => since <= question.since) + 1
  return [...waiting.slice(0, index), question, ...waiting.slice(index)].slice(0, most)
}

/** The waiting questions without one that is split off. */
export const withoutQuestion = (waiting: readonly Question[], messageId: string): readonly Question[] =>
  waiting.filter((question) => question.messageId !== messageId)

/** The question of a message, while it waits. */
export const questionOf = (waiting: readonly Question[], messageId: string): Question | undefined =>
  waiting.find((question) => question.messageId === messageId)
