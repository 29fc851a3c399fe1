import { businessTimeBetween } from '../calendar/business-time.ts'
import type { PublicHolidays } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { centreFaults } from '../centre/centre-faults.ts'
import type { Instant } from '../kernel/instant.ts'
import { days, later } from '../kernel/instant.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency } from './consistency.ts'

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
