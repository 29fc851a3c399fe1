import { setImmediate as breath } from 'node:timers/promises'
import type { default as Holidays } from 'date-holidays'
import type { CalendarDefinition, Instant, PublicHolidays } from '@guichet/domain'

/** The years whose holidays are computed, including the last. */
export type Years = { readonly from: number; readonly to: number }

/** There is no history to import from before the first year, and no known law about holidays after the last. */
const limits = { first: 1970, last: 2100 } as const

/**
 * Returns the years from last year, which running clocks may need, to ten years ahead, and the same around each of
 * `instants`. No year is before 1970 or after 2100.
 */
export function yearsAround(now: Date, ...instants: readonly Instant[]): Years {
  const years = [now, ...instants.map((each) => new Date(each))].map((each) => each.getUTCFullYear())
  return {
    from: Math.max(limits.first, Math.min(...years) - 1),
    to: Math.min(limits.last, Math.max(...years) + 10),
  }
}

/** The tables of public holidays, or the faults of the calendars' countries with their places. */
type HolidayTables =
  | { readonly ok: true; readonly tables: PublicHolidays }
  | { readonly ok: false; readonly faults: readonly { readonly path: readonly (string | number)[]; message: string }[] }

/**
 * Computes the public holidays of the countries and regions of calendars (`FR`, `CA-QC`, `DE-BY-A`) with the library
 * date-holidays. A holiday of several days has an entry for each. One that starts at noon or later has none, because
 * the day is not free: a calendar can define it with limited hours. Yields to other work after each year, which takes
 * milliseconds.
 * @param calendars by name; the paths of faults start with it.
 */
export async function publicHolidayTables(
  calendars: Readonly<Record<string, CalendarDefinition>>,
  years: Years,
): Promise<HolidayTables> {
  const { default: library } = await import('date-holidays')
  const tables: PublicHolidays = {}
  const faults: { path: (string | number)[]; message: string }[] = []
  for (const [name, { holidays }] of Object.entries(calendars)) {
    for (const [index, code] of (holidays?.countries ?? []).entries()) {
      const message = unknown(new library(), code)
      if (message) faults.push({ path: [name, 'holidays', 'countries', index], message })
      else tables[code] ??= await table(new library(placeOf(code), { types: ['public'] }), years)
    }
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, tables }
}

async function table(country: Holidays, { from, to }: Years): Promise<PublicHolidays[string]> {
  const names = new Map<string, string>()
  for (let year = from; year <= to; year++) {
    for (const { date, name, start, end } of country.getHolidays(year)) {
      for (const free of datesFrom(date.slice(0, 10), wholeDays(start, end))) {
        if (!names.has(free)) names.set(free, name)
      }
    }
    await breath()
  }
  return Array.from(names, ([date, name]) => ({ date, name })).sort((a, b) => (a.date < b.date ? -1 : 1))
}

const day = 86_400_000

/** Returns the whole days between two instants. A day of 23 hours counts, half a day does not. */
const wholeDays = (start: Date, end: Date): number => Math.floor((end.getTime() - start.getTime()) / day + 1 / 20)

const datesFrom = (first: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => new Date(Date.parse(first) + index * day).toISOString().slice(0, 10))

/** Describes the fault of a country or region; undefined if its holidays are known. */
function unknown(library: Holidays, code: string): string | undefined {
  const { country, state, region } = placeOf(code)
  if (!Object.hasOwn(library.getCountries(), country)) {
    return `no public holidays are known of ${country}: write a country's two letters, such as FR`
  }
  if (state === undefined) return undefined
  return (
    missing(state, country, library.getStates(country)) ??
    (region === undefined ? undefined : missing(region, `${country}-${state}`, library.getRegions(country, state)))
  )
}

function missing(region: string, of: string, regions: object | undefined): string | undefined {
  const names = Object.keys(regions ?? {})
  if (names.includes(region)) return undefined
  return names.length === 0
    ? `${of} has no regions with holidays of their own: write ${of}`
    : `${of} has no region ${region}: there are ${names.join(', ')}`
}

/** Splits a code such as `DE-BY-A` into the parts of the library. */
function placeOf(code: string): { country: string; state?: string; region?: string } {
  const [country = '', state, region] = code.split('-')
  return { country, ...(state && { state }), ...(region && { region }) }
}
