import type { Instant } from '../kernel/time.ts'
import { earliest, elapsed, latest, sinceEpoch } from '../kernel/time.ts'
import type { Pause } from '../sla/business-time.ts'
import type { SlaPolicy, SlaTarget, TargetClock, TargetClocks } from '../sla/settings.ts'
import { pausesWhileWaiting } from '../sla/settings.ts'
import type { TermsChange } from '../sla/terms.ts'
import { limits } from './vocabulary.ts'

/** Where the SLA clocks of a ticket stand. */
export type ServiceClocks = {
  /** The targets that run. One that is met, given up or made up for late runs no more: history holds what became of it. */
  readonly targets: TargetClocks
  /** Those that ended last, of each target. */
  readonly ended: { readonly [K in SlaTarget]?: EndedClock }
  /** Whether a person of the desk has ever answered. */
  readonly answered: boolean
  /** How often a customer has waited for a next response. */
  readonly questions: number
  /** How often the time to the next update has begun. */
  readonly updates: number
  /** What the customer has written since the desk last answered, the oldest first. */
  readonly waiting: readonly Question[]
  /** When what the policy or its calendar is chosen by has changed last: nothing falls due earlier by the new one. */
  readonly termsSince: Instant
  /** Which of them that was. */
  readonly termsChange: TermsChange['change']
  /** When the clocks stood still since the oldest target that runs began: for the customer, or by somebody's order. */
  readonly pauses: readonly ClockPause[]
  /** When they did by somebody's order: what concerns targets that run on while the desk waits for the customer. */
  readonly ordered: readonly ClockPause[]
  /** Why somebody has paused them, while they are. */
  readonly paused: { readonly reason: string; readonly since: Instant } | undefined
}

/** A clock of a target that runs no more: as it stood, when it ended, and whether the target was met. */
export type EndedClock = { readonly clock: TargetClock; readonly at: Instant; readonly met: boolean }

const epoch = sinceEpoch(0)

/** A stretch in which the clocks of a ticket stood still; without an end it goes on. */
export type ClockPause = { readonly from: Instant; readonly to: Instant | undefined }

/**
 * The pauses, and one more that goes on. When they are as many as are told apart, a quarter of them, those closest to one another,
 * count as one with the next.
 */
function pausedFrom(pauses: readonly ClockPause[], from: Instant): readonly ClockPause[] {
  const known = pauses.length < limits.pauses ? pauses : withoutNarrowGaps(pauses, limits.pauses / 4)
  return [...known, { from, to: undefined }]
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

/** The pauses, of which the last one goes on no longer. */
function resumedAt(pauses: readonly ClockPause[], to: Instant): readonly ClockPause[] {
  const last = pauses.at(-1)
  if (last?.to !== undefined || !last) return pauses
  return last.from === to ? pauses.slice(0, -1) : [...pauses.slice(0, -1), { from: last.from, to }]
}

/** The pauses after an instant from which on the clocks stand still, or no more. */
export const pausesAfter = (pauses: readonly ClockPause[], still: boolean, at: Instant): readonly ClockPause[] =>
  still ? pausedFrom(pauses, at) : resumedAt(pauses, at)

/** The pauses of a ticket that concern a target under a policy. */
export const pausesOf = (
  { pauses, ordered }: { readonly pauses: readonly ClockPause[]; readonly ordered: readonly ClockPause[] },
  policy: SlaPolicy,
  target: SlaTarget,
): readonly ClockPause[] => (pausesWhileWaiting(policy, target) ? pauses : ordered)

/** What of the pauses lies between two instants. */
export const pausesBetween = (
  pauses: readonly ClockPause[],
  since: Instant,
  until: Instant,
): readonly { readonly from: Instant; readonly to: Instant }[] =>
  pauses
    .map(({ from, to = until }) => ({ from: latest(from, since), to: earliest(to, until) }))
    .filter(({ from, to }) => from < to)

/** What of the pauses lies after an instant. */
export const pausesSince = (pauses: readonly ClockPause[], since: Instant): readonly ClockPause[] =>
  pauses
    .filter(({ to }) => to === undefined || to > since)
    .map((pause) => (pause.from < since ? { ...pause, from: since } : pause))

/** The pauses in milliseconds since 1970; one that goes on ends at `until`, if that is given. */
export const inMilliseconds = (pauses: readonly ClockPause[], until?: Instant): readonly Pause[] =>
  pauses.map(({ from, to = until }) => ({ from: Date.parse(from), to: to === undefined ? undefined : Date.parse(to) }))

/** A message of the customer that waits for an answer. */
export type Question = {
  readonly since: Instant
  /** Its id, which it is split off by; one that was merged in has none here. */
  readonly messageId?: string
}

/** How many are kept: the oldest, which everything is counted from. */
const most = 20

/** The questions that wait, and one more, the oldest first. */
export function withQuestion(waiting: readonly Question[], question: Question): readonly Question[] {
  const place = waiting.findLastIndex(({ since }) => since <= question.since) + 1
  return [...waiting.slice(0, place), question, ...waiting.slice(place)].slice(0, most)
}

/** The questions that wait without one that goes on elsewhere. */
export const withoutQuestion = (waiting: readonly Question[], messageId: string): readonly Question[] =>
  waiting.filter((question) => question.messageId !== messageId)

/** The question of a message, while it waits. */
export const questionOf = (waiting: readonly Question[], messageId: string): Question | undefined =>
  waiting.find((question) => question.messageId === messageId)
