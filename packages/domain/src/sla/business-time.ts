import { addBusinessDaysMs, addBusinessMs, businessMsBetween, subtractBusinessMs } from '../calendar/business-time.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { BusinessDays } from '../kernel/time.ts'
import { businessDaysOf, days, instantLimits } from '../kernel/time.ts'

/** Business time on a calendar, or around the clock. All in milliseconds, instants since 1970 UTC. */
export type BusinessTime = {
  /** The instant at which a business time after another has elapsed. */
  add(from: number, length: number): number
  /** The business time from one instant to a later one. */
  between(from: number, to: number): number
  /**
   * The instant at which a number of business days after another has elapsed; the last possible instant if there are
   * not as many. Without it, time is never counted in business days.
   */
  addDays?(from: number, days: number): number
  /** The last instant from which a business time elapses until another; used only by reports. */
  subtract?(to: number, length: number): number
}

/** Time that is never paused: for contracts of 24 hours on 7 days. */
export const aroundTheClock: Required<BusinessTime> = {
  add: (from, length) => from + length,
  between: (from, to) => to - from,
  addDays: (from, count) => from + days(count),
  subtract: (to, length) => to - length,
}

const timeByCalendar = new WeakMap<Calendar, Required<BusinessTime>>()

/** Business time on a compiled calendar. */
export function businessTimeOn(calendar: Calendar): Required<BusinessTime> {
  const time = timeByCalendar.get(calendar) ?? {
    add: (from, length) => addBusinessMs(calendar, from, length),
    between: (from, to) => businessMsBetween(calendar, from, to),
    addDays: (from, count) => addBusinessDaysMs(calendar, from, count),
    subtract: (to, length) => subtractBusinessMs(calendar, to, length),
  }
  timeByCalendar.set(calendar, time)
  return time
}

/**
 * A time from an instant on, in milliseconds of business time. When fewer business days are left, the result exceeds
 * the time until the last possible instant, so that it never runs out.
 * @throws RangeError for business days without `addDays`.
 */
export function inBusinessMs(time: BusinessTime, from: number, length: number | BusinessDays): number {
  if (typeof length === 'number') return length
  if (!time.addDays) throw new RangeError(`time cannot be counted in business days there: ${length}`)
  const end = time.addDays(from, businessDaysOf(length) ?? 0)
  return end < instantLimits.last ? time.between(from, end) : instantLimits.last - from
}

/** A pause of a clock, in milliseconds since 1970; without an end it is still open. */
export type Pause = { readonly from: number; readonly to: number | undefined }

/** When a clock runs out, or, while it is paused, its remaining business time. */
export type RunOut =
  { readonly dueAt: number; readonly left?: undefined } | { readonly left: number; readonly dueAt?: undefined }

/**
 * When a clock that started at `from` has counted `length` of business time outside the pauses, which are in order and
 * do not overlap. A clock that would run out at the instant at which a pause begins has not run out: it is due when the
 * pause ends.
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

/**
 * The business time that a clock started at `from` has counted by an instant outside the pauses. These are as for
 * `runOut`, and none of them ended before `from`.
 */
export function timeUsed(time: BusinessTime, from: number, to: number, pauses: readonly Pause[]): number {
  let [used, since] = [0, from]
  for (const pause of pauses) {
    if (pause.from >= to) break
    if (pause.from > since) used += time.between(since, pause.from)
    since = pause.to ?? to
  }
  return since < to ? used + time.between(since, to) : used
}
