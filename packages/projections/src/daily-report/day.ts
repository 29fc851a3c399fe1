import type { Instant } from '@guichet/domain'

/** The days of instants in a time zone, as `YYYY-MM-DD`: summer and winter time are respected. */
export type DayOf = (at: Instant) => string

/** Offsets of time zones change on whole quarters of an hour: within one, the day is the same. */
const quarter = 15 * 60_000
const maxRemembered = 10_000

/**
 * Finds days in an IANA time zone.
 * @throws RangeError when there is no such time zone.
 */
export function daysIn(timeZone: string): DayOf {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const remembered = new Map<number, string>()
  return (at) => {
    const start = Math.floor(Date.parse(at) / quarter) * quarter
    const known = remembered.get(start)
    if (known !== undefined) return known
    const day = read(format.formatToParts(start))
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(start, day)
    return day
  }
}

function read(parts: readonly Intl.DateTimeFormatPart[]): string {
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
}
