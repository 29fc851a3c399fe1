import type { Instant } from '../kernel/instant.ts'
import { latest } from '../kernel/instant.ts'
import type { Pause } from '../sla/run-out.ts'

/** A stretch in which the clocks of a ticket stood still; without an end it goes on. */
export type ClockPause = { readonly from: Instant; readonly to: Instant | undefined }

/** The pauses, and one more that goes on. */
export const pausedFrom = (pauses: readonly ClockPause[], from: Instant): readonly ClockPause[] => [
  ...pauses,
  { from, to: undefined },
]

/** The pauses, of which the last one goes on no longer. */
export function resumedAt(pauses: readonly ClockPause[], to: Instant): readonly ClockPause[] {
  const last = pauses.at(-1)
  return last && last.to === undefined ? [...pauses.slice(0, -1), { ...last, to }] : pauses
}

/** What of the pauses lies between two instants. */
export const pausesBetween = (
  pauses: readonly ClockPause[],
  since: Instant,
  until: Instant,
): readonly { readonly from: Instant; readonly to: Instant }[] =>
  pauses.map(({ from, to = until }) => ({ from: latest(from, since), to })).filter(({ from, to }) => from < to)

/** What of the pauses lies after an instant. */
export const pausesSince = (pauses: readonly ClockPause[], since: Instant): readonly ClockPause[] =>
  pauses
    .filter(({ to }) => to === undefined || to > since)
    .map((pause) => (pause.from < since ? { ...pause, from: since } : pause))

/** The pauses in milliseconds since 1970; one that goes on ends at `until`, if that is given. */
export const inMilliseconds = (pauses: readonly ClockPause[], until?: Instant): readonly Pause[] =>
  pauses.map(({ from, to = until }) => ({ from: Date.parse(from), to: to === undefined ? undefined : Date.parse(to) }))
