import { businessTimeBetween } from '../calendar/business-time.ts'
import type { PublicHolidays } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { centreFaults } from '../centre/centre-faults.ts'
import type { Instant } from '../kernel/instant.ts'
import { days, later } from '../kernel/instant.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency, Sections } from './consistency.ts'

/** How far a calendar is looked at. */
const ahead = days(731)

/**
 * What is wrong with the hours of a configuration once holidays, closures and zones are known: a calendar that does not open within two years,
 * or an hour of them that centres leave uncovered.
 * @param from where the two years start.
 */
export function hoursFaults(
  { calendars, followTheSun }: Pick<Configuration, 'calendars' | 'followTheSun'>,
  publicHolidays: PublicHolidays,
  from: Instant,
): readonly Inconsistency[] {
  const compiled = new Map(
    Object.entries(calendars).map(([name, definition]) => [name, compileCalendar(definition, publicHolidays)]),
  )
  const closed = [...compiled].flatMap(([name, calendar]) => {
    if (businessTimeBetween(calendar, from, later(from, ahead)) > 0) return []
    const message = `does not open in the two years from ${from}: look at its closures and overrides`
    return [{ path: ['calendars', name], message }]
  })
  if (closed.length > 0) return closed
  return centreFaults(followTheSun, compiled, from).map(({ path, message }) => ({
    path: ['followTheSun', ...path],
    message,
  }))
}

/** Calendars of teams that are not there. */
export function* calendarsOfTeams({ teams, calendars }: Sections<'teams' | 'calendars'>): Iterable<Inconsistency> {
  for (const [index, { calendar }] of teams.entries()) {
    if (calendar !== undefined && !Object.hasOwn(calendars, calendar)) {
      yield { path: ['teams', index, 'calendar'], message: missing('calendar', calendar, Object.keys(calendars)) }
    }
  }
}

/** Calendars of objectives that are not there. */
export function* calendarsOfObjectives({
  objectives: { calendars: named = {} },
  calendars,
}: Sections<'objectives' | 'calendars'>): Iterable<Inconsistency> {
  for (const [objective, name] of Object.entries(named)) {
    if (name !== undefined && !Object.hasOwn(calendars, name)) {
      const path = ['objectives', 'calendars', objective]
      yield { path, message: missing('calendar', name, Object.keys(calendars)) }
    }
  }
}

/** Calendars of centres and shifts that are not there. */
export function* calendarsOfShifts({
  followTheSun,
  calendars,
}: Sections<'followTheSun' | 'calendars'>): Iterable<Inconsistency> {
  const named = [
    ...followTheSun.centres.map(({ calendar }, index) => ({ calendar, path: ['centres', index, 'calendar'] })),
    ...followTheSun.shifts.map((calendar, index) => ({ calendar, path: ['shifts', index] })),
  ]
  for (const { calendar, path } of named) {
    if (!Object.hasOwn(calendars, calendar)) {
      yield { path: ['followTheSun', ...path], message: missing('calendar', calendar, Object.keys(calendars)) }
    }
  }
}

/** What is said of a name that stands for nothing. */
export const missing = (what: string, name: string, known: readonly string[]): string =>
  `there is no ${what} ${name}${known.length === 0 ? '' : `; ${thereIs(known)}`}`

/** What there is instead, in words. */
export const thereIs = (known: readonly string[]): string =>
  `there is ${known.slice(0, 10).join(', ')}${known.length > 10 ? ' …' : ''}`
