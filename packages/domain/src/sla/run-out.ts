import type { BusinessTime } from './business-time.ts'

/** A stretch that a clock does not count, in milliseconds since 1970; without an end it goes on. */
export type Pause = { readonly from: number; readonly to: number | undefined }

/** When a clock runs out, or, while it stands still, how much business time it still has. */
export type RunOut =
  { readonly dueAt: number; readonly left?: undefined } | { readonly left: number; readonly dueAt?: undefined }

/**
 * When a clock that began at `from` has counted `length` of business time outside the pauses, which come in order and do
 * not overlap. What runs out at the very instant at which a pause begins has not run out: it is due when the pause ends.
 */
export function runOut(time: BusinessTime, from: number, length: number, pauses: readonly Pause[]): RunOut {
  let since = from
  let left = length
  for (const pause of pauses) {
    if (pause.to !== undefined && pause.to <= since) continue
    if (pause.from > since) {
      const dueAt = time.add(since, left)
      if (dueAt < pause.from) return { dueAt }
      left = Math.max(0, left - time.between(since, pause.from))
    }
    if (pause.to === undefined) return { left }
    since = pause.to
  }
  return { dueAt: time.add(since, left) }
}

/** The business time that a clock which began at `from` has counted by an instant outside the pauses, which are as `runOut` takes them, and none of which ended before it began. */
export function timeUsed(time: BusinessTime, from: number, to: number, pauses: readonly Pause[]): number {
  let [used, since] = [0, from]
  for (const pause of pauses) {
    if (pause.from >= to) break
    if (pause.from > since) used += time.between(since, pause.from)
    since = pause.to ?? to
  }
  return since < to ? used + time.between(since, to) : used
}
