import type { Instant } from '@guichet/domain'

/** The days of instants in a time zone, as `YYYY-MM-DD`, with summer and winter time. */
export type DayOf = (at: Instant) => string

/** Offsets of time zones change on whole quarters of an hour: within one, the day is the same. */
const quarter = 15 * 60_000

const maxCached = 10_000

const zones = new Map<string, DayOf>()

/**
 * Finds days in an IANA time zone. All callers share a cache.
 * @throws RangeError when there is no such time zone.
 */
export function daysIn(timeZone: string): DayOf {
  const dayOf = zones.get(timeZone) ?? findingDaysIn(timeZone)
  zones.set(timeZone, dayOf)
  return dayOf
}

function findingDaysIn(timeZone: string): DayOf {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const cached = new Map<number, string>()
  return (at) => {
    const start = Math.floor(Date.parse(at) / quarter) * quarter
    const hit = cached.get(start)
    if (hit !== undefined) return hit
    const day = read(format.formatToParts(start))
    if (cached.size >= maxCached) cached.clear()
    cached.set(start, day)
    return day
  }
}

function read(parts: readonly Intl.DateTimeFormatPart[]): string {
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
}

/** The start of the quarter of an hour that an instant falls in, which lies in one day of any time zone. */
export const quarterOf = (at: Instant): Instant => toInstant(Math.floor(Date.parse(at) / quarter))

/** A period of days in a time zone. */
type Days = {
  /** `YYYY-MM-DD`, each day once. */
  readonly days: readonly string[]
  /**
   * The instant at which each day begins, then the one at which the last day ends. A day that the zone skipped is
   * empty.
   */
  readonly bounds: readonly Instant[]
}

/**
 * The days from `first` to `last`, both included and `YYYY-MM-DD`.
 * @throws RangeError when there is no such time zone.
 */
export function daysBetween(first: string, last: string, timeZone: string): Days {
  const dayOf = daysIn(timeZone)
  const days: string[] = []
  const bounds = [beginningOf(first, dayOf)]
  for (let day = first; day <= last; day = dayAfter(day)) {
    days.push(day)
    bounds.push(beginningOf(dayAfter(day), dayOf, bounds.at(-1)))
  }
  return { days, bounds }
}

/** Finds where a day begins: most often 24 hours after the previous one, else by halving. */
function beginningOf(day: string, dayOf: DayOf, before?: Instant): Instant {
  const begins = (quarters: number): boolean => dayOf(toInstant(quarters)) >= day
  const likely = before === undefined ? undefined : Date.parse(before) / quarter + 24 * 4
  if (likely !== undefined && begins(likely) && !begins(likely - 1)) return toInstant(likely)
  const inUtc = Date.parse(`${day}T00:00:00.000Z`) / quarter
  let [earlier, later] = [inUtc - 4 * 26, inUtc + 4 * 26]
  while (later - earlier > 1) {
    const middle = Math.floor((earlier + later) / 2)
    if (begins(middle)) later = middle
    else earlier = middle
  }
  return toInstant(later)
}

const toInstant = (quarters: number): Instant => new Date(quarters * quarter).toISOString() as Instant

const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) + 24 * 3_600_000).toISOString().slice(0, 10)

/** The most days that one report covers. */
export const mostReportDays = 400

/** Whether a text is a day of the calendar, `YYYY-MM-DD`, in the years 1000 to 8999, as instants are. */
export function isCalendarDay(text: string): boolean {
  if (!/^[1-8]\d{3}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00.000Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** The number of days from one calendar day to another, both included; less than 1 when they are in reverse order. */
export const countDays = (first: string, last: string): number =>
  (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1
