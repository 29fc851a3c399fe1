import type { Instant } from '../kernel/instant.ts'
import { canonicalInstant } from '../kernel/instant.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'

/** A day on which other hours count than the usual ones: none, or limited ones. */
export type Holiday = { readonly date: string; readonly name: string; readonly hours: readonly string[] }

/**
 * The holidays of a calendar that are not over, the first one first: days of its own, which go before public holidays of the same date.
 * @param publicHolidays the tables of the countries that it names; what stands in none is no holiday.
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

/** The date that the calendars of a zone show at an instant. */
const dateIn = (timeZone: string, at: Instant): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(canonicalInstant(at)))
