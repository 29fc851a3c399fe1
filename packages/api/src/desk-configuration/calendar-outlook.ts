import type { Calendar, Holiday, Instant } from '@guichet/domain'
import { closesAt, compileCalendar, holidaysAhead, isOpen, nextOpening } from '@guichet/domain'
import type { ReadConfiguration } from './read-configuration.ts'

/** A calendar of a configuration as it stands at an instant. */
export type CalendarOutlook = {
  readonly name: string
  readonly timeZone: string
  readonly at: Instant
  readonly isOpen: boolean
  /** When it closes, if it is open and ever does. */
  readonly closesAt: Instant | undefined
  /** When it opens next: where it is open, after it has closed. */
  readonly nextOpening: Instant | undefined
  holidays(count: number): readonly Holiday[]
  /** Made ready to be asked. */
  readonly calendar: Calendar
}

/** A calendar by its name; undefined where the configuration has none of that name. */
export function calendarOutlook(
  { configuration: { calendars }, publicHolidays }: ReadConfiguration,
  name: string,
  at: Instant,
): CalendarOutlook | undefined {
  const definition = Object.hasOwn(calendars, name) ? calendars[name] : undefined
  if (!definition) return undefined
  const calendar = compileCalendar(definition, publicHolidays)
  const open = isOpen(calendar, at)
  const closing = closesAt(calendar, at)
  const closedFrom = open ? closing : at
  return {
    name,
    timeZone: definition.timeZone,
    at,
    isOpen: open,
    closesAt: closing,
    nextOpening: closedFrom && nextOpening(calendar, closedFrom),
    holidays: (count) => holidaysAhead(definition, publicHolidays, at, count),
    calendar,
  }
}
