import type { CalendarDefinition } from '../calendar/calendar.ts'
import type { CentreSettings } from '../centre/settings.ts'
import { defaultHandOver } from '../centre/settings.ts'

const everyDay = (timeZone: string, range: string): CalendarDefinition => ({ timeZone, hours: { everyDay: [range] } })

/** The hours of 000's centres, each in its own zone, and of its shifts, in that of the primary centre. */
export const supportCalendars = {
  montreal: everyDay('America/Montreal', '06:00-22:00'),
  toronto: everyDay('America/Toronto', '22:00-06:00'),
  paris: everyDay('Europe/Paris', '06:00-22:00'),
  'shift-1': everyDay('America/Montreal', '06:00-14:00'),
  'shift-2': everyDay('America/Montreal', '14:00-22:00'),
  'shift-3': everyDay('America/Montreal', '22:00-06:00'),
} satisfies Readonly<Record<string, CalendarDefinition>>

/** 000's three centres and three shifts. Montréal and Toronto alone cover all hours; Paris adds the European day. */
export const supportCentres: CentreSettings = {
  centres: [
    {
      id: 'montreal',
      name: 'Montréal',
      calendar: 'montreal',
      languages: ['fr', 'en'],
      specialities: ['BMS', 'Analytics', 'Integration'],
      priority: 1,
    },
    {
      id: 'toronto',
      name: 'Toronto',
      calendar: 'toronto',
      languages: ['en', 'fr'],
      specialities: ['Infrastructure', 'Security', 'Database'],
      priority: 2,
    },
    {
      id: 'paris',
      name: 'Paris',
      calendar: 'paris',
      languages: ['fr', 'en'],
      specialities: ['BMS', 'Consulting', 'Training'],
      priority: 3,
    },
  ],
  aroundTheClock: ['montreal', 'toronto', 'paris'],
  shifts: ['shift-1', 'shift-2', 'shift-3'],
  handOver: defaultHandOver,
}
