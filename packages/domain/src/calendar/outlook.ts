import type { Instant } from '../kernel/time.ts'
import { canonicalInstant, instant } from '../kernel/time.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'
import type { Calendar } from './spans.ts'
import { calendarOf, spanAt, spanMs, spanOf } from './spans.ts'

/** A day with other hours than usual: none, or limited ones. */
export type Holiday = { readonly date: string; readonly name: string; readonly hours: readonly string[] }

/**
 * The present and future holidays of a calendar, the earliest first. Days of its own replace public holidays of the
 * same date.
 * @param publicHolidays the tables of the countries that it names; a date in none of them is no holiday.
 * @param from the first date is that of this instant in the calendar's zone.
 */
export function holidaysAhead(
  { timeZone, holidays }: CalendarDefinition,
  publicHolidays: PublicHolidays,
  from: Instant,
  count: number,
): readonly Holiday[] {
  const today = dateIn(timeZone, from)
  const { countries = [], hours: limited = [], days = [] } = holidays ?? {}
  const ofCountries = countries.flatMap((country) => publicHolidays[country] ?? [])
  const byDate = new Map(
    [
      ...ofCountries.map(({ date, name }) => ({ date, name, hours: limited })),
      ...days.map(({ date, name, hours = [] }) => ({ date, name, hours })),
    ].map((holiday): [string, Holiday] => [holiday.date, holiday]),
  )
  return [...byDate.values()]
    .filter(({ date }) => date >= today)
    .sort((a, b) => (a.date < b.date ? -1 : 1))
    .slice(0, count)
}

/** The local date of a zone at an instant. */
const dateIn = (timeZone: string, at: Instant): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(canonicalInstant(at)))

/** A stretch of time, half open. */
export type Gap = { readonly from: Instant; readonly to: Instant }

/** A calendar that is open when at least one of several is; without any, never. */
export function unionOf(calendars: readonly Calendar[]): Calendar {
  return calendarOf(Math.max(0, ...calendars.map(({ regularFrom }) => regularFrom)), (index) =>
    spanOf(
      index,
      calendars.flatMap((calendar) => windowsIn(calendar, index)).sort((a, b) => a.start - b.start),
    ),
  )
}

/** The gaps between two instants in which none of several calendars is open, in order. */
export function uncovered(calendars: readonly Calendar[], from: Instant, to: Instant): readonly Gap[] {
  const all = unionOf(calendars)
  const end = Date.parse(canonicalInstant(to))
  const gaps: Gap[] = []
  let covered = Date.parse(canonicalInstant(from))
  for (let index = spanAt(covered); covered < end && index <= spanAt(end); index++) {
    for (const window of windowsIn(all, index)) {
      if (window.start > covered && covered < end) gaps.push(gap(covered, Math.min(window.start, end)))
      covered = Math.max(covered, window.end)
    }
  }
  if (covered < end) gaps.push(gap(covered, end))
  return gaps
}

const gap = (from: number, to: number): Gap => ({ from: instant(new Date(from)), to: instant(new Date(to)) })

function windowsIn(calendar: Calendar, index: number): { start: number; end: number }[] {
  const { starts, ends } = calendar.span(index)
  return Array.from(starts.numbers, (start, windowIndex) => ({
    start: index * spanMs + start,
    end: index * spanMs + (ends[windowIndex] ?? 0),
  }))
}
