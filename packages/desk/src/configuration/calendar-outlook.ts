import { setImmediate as breath } from 'node:timers/promises'
import type { Calendar, CalendarDefinition, Holiday, Instant } from '@guichet/domain'
import { closesAt, compileCalendar, holidaysAhead, isOpen, nextOpening } from '@guichet/domain'
import type { ReadConfiguration } from './configuration-file.ts'

/** The state of a calendar of a configuration at an instant. */
export type CalendarOutlook = {
  readonly name: string
  readonly timeZone: string
  readonly at: Instant
  readonly isOpen: boolean
  /** When it closes, if it is open and ever does. */
  readonly closesAt: Instant | undefined
  /** When it opens next; if it is open, after it closes. */
  readonly nextOpening: Instant | undefined
  /** The future holidays in order, including today's. */
  readonly holidays: readonly Holiday[]
  /** The compiled calendar. */
  readonly calendar: Calendar
}

/** Returns the outlook of a calendar by its name; undefined if the configuration has none of that name. */
export function calendarOutlook(version: ReadConfiguration, name: string, at: Instant): CalendarOutlook | undefined {
  const { configuration, publicHolidays } = version
  const definition = Object.hasOwn(configuration.calendars, name) ? configuration.calendars[name] : undefined
  if (!definition) return undefined
  const calendar = compiledOf(version, name, definition)
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
    holidays: holidaysAhead(definition, publicHolidays, at, Infinity),
    calendar,
  }
}

/** Returns all calendars of a configuration, by name. Yields to other work between them: each may take milliseconds. */
export async function calendarOutlooks(version: ReadConfiguration, at: Instant): Promise<readonly CalendarOutlook[]> {
  const outlooks: CalendarOutlook[] = []
  for (const name of Object.keys(version.configuration.calendars).sort()) {
    const outlook = calendarOutlook(version, name, at)
    if (outlook) outlooks.push(outlook)
    await breath()
  }
  return outlooks
}

const compiled = new WeakMap<ReadConfiguration, Map<string, Calendar>>()

/** Returns a compiled calendar of a version, cached for later queries. */
function compiledOf(version: ReadConfiguration, name: string, definition: CalendarDefinition): Calendar {
  const ofVersion = compiled.get(version) ?? new Map<string, Calendar>()
  compiled.set(version, ofVersion)
  const calendar = ofVersion.get(name) ?? compileCalendar(definition, version.publicHolidays)
  ofVersion.set(name, calendar)
  return calendar
}
