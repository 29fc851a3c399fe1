import type { Instant } from '../kernel/instant.ts'
import { earliest, elapsed, latest, sinceEpoch } from '../kernel/instant.ts'
import type { Pause } from '../sla/run-out.ts'
import type { SlaPolicy } from '../sla/settings.ts'
import { pausesWhileWaiting } from '../sla/settings.ts'
import type { SlaTarget } from '../sla/target-clock.ts'
import { limits } from './vocabulary.ts'

const epoch = sinceEpoch(0)

/** A stretch in which the clocks of a ticket stood still; without an end it goes on. */
export type ClockPause = { readonly from: Instant; readonly to: Instant | undefined }

/**
 * The pauses, and one more that goes on. When they are as many as are told apart, a quarter of them, those closest to one another,
 * count as one with the next.
 */
export function pausedFrom(pauses: readonly ClockPause[], from: Instant): readonly ClockPause[] {
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
export function resumedAt(pauses: readonly ClockPause[], to: Instant): readonly ClockPause[] {
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
