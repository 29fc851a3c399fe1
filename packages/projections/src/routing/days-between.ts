import type { Instant } from '@guichet/domain'
import { elapsed, later } from '@guichet/domain'
import type { DayOf } from '../daily-report/day.ts'

const quarter = 15 * 60_000

/** A time from one instant to another, by the days it falls on. Time zones begin their days on whole quarters of an hour. */
export function daysBetween(
  from: Instant,
  to: Instant,
  dayOf: DayOf,
): readonly { readonly day: string; readonly ms: number }[] {
  const days = new Map<string, number>()
  for (let at = from; at < to;) {
    const day = dayOf(at)
    const end = endOfDay(at, to, day, dayOf)
    days.set(day, (days.get(day) ?? 0) + elapsed(at, end))
    at = end
  }
  return [...days].map(([day, ms]) => ({ day, ms }))
}

/** The first instant of the next day, or `to` where that comes first: the quarter at which the day changes, by halving. */
function endOfDay(at: Instant, to: Instant, day: string, dayOf: DayOf): Instant {
  if (dayOf(later(to, -1)) === day) return to
  const first = Math.floor(Date.parse(at) / quarter)
  let [same, other] = [first, Math.min(Math.ceil(Date.parse(to) / quarter), first + 4 * 26)]
  const instantOf = (quarters: number): Instant => new Date(quarters * quarter).toISOString() as Instant
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (dayOf(instantOf(middle)) === day) same = middle
    else other = middle
  }
  return instantOf(other)
}
