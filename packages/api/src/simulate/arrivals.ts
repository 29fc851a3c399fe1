import type { Instant } from '@guichet/domain'
import { hours, instant, later } from '@guichet/domain'
import { DateTime } from 'luxon'
import type { Chance } from './chance.ts'

/** How many of a day's questions come in each hour, from midnight on: a morning rush, a lunch dip, a quiet night. */
const byHour = [1, 1, 1, 1, 1, 2, 4, 10, 22, 30, 28, 24, 16, 20, 26, 25, 22, 18, 12, 10, 8, 6, 4, 2]
/** From Monday to Sunday. */
const byWeekday = [26, 22, 20, 19, 17, 7, 5]

/** When the customers write: `count` instants in ascending order, from `start` on and before `end`, by the desk's hours. */
export function arrivals(
  count: number,
  period: { readonly start: Instant; readonly end: Instant; readonly timeZone: string },
  chance: Chance,
): readonly Instant[] {
  const { start, end, timeZone } = period
  const weights: { readonly from: Instant; readonly upTo: number }[] = []
  let total = 0
  for (let from = start; from < end; from = later(from, hours(1))) {
    const local = DateTime.fromISO(from, { zone: timeZone })
    total += (byHour[local.hour] ?? 1) * (byWeekday[local.weekday - 1] ?? 1)
    weights.push({ from, upTo: total })
  }
  const last = later(end, -1)
  const times = Array.from({ length: count }, () => {
    const hour = firstAbove(weights, chance.share() * total)
    const time = later(hour, chance.whole(0, 3_599) * 1_000)
    return time < last ? time : last
  })
  return times.sort()
}

function firstAbove(weights: readonly { readonly from: Instant; readonly upTo: number }[], mark: number): Instant {
  let low = 0
  let high = weights.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((weights[middle]?.upTo ?? 0) > mark) high = middle
    else low = middle + 1
  }
  const hour = weights[low]
  if (!hour) throw new RangeError('the period is empty')
  return hour.from
}

/** The full hour at or before an instant. */
export function fullHour(at: Instant): Instant {
  return instant(new Date(Math.floor(Date.parse(at) / hours(1)) * hours(1)))
}
