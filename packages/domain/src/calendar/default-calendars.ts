import type { CalendarDefinition } from './calendar.ts'

const everyDay = (timeZone: string, range: string): CalendarDefinition => ({ timeZone, hours: { everyDay: [range] } })

/**
 * The calendars that Guichet comes with: business hours (003 names none, so these are the usual ones of its place), 004's hours for
 * chats (`chatConfig.operating_hours`: UTC+4, weekdays, weekends, limited hours on holidays, for which the table of the
 * United Arab Emirates is needed), and 000's centres and shifts, each in its own zone, the shifts in that of the primary centre.
 */
export const defaultCalendars = {
  always: { timeZone: 'Etc/UTC', hours: 'always' },
  office: { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'] } },
  'chat-hours': {
    timeZone: 'Asia/Dubai',
    hours: { weekdays: ['08:00-20:00'], weekends: ['10:00-18:00'] },
    holidays: { countries: ['AE'], hours: ['10:00-18:00'] },
  },
  montreal: everyDay('America/Montreal', '06:00-22:00'),
  toronto: everyDay('America/Toronto', '22:00-06:00'),
  paris: everyDay('Europe/Paris', '06:00-22:00'),
  'shift-1': everyDay('America/Montreal', '06:00-14:00'),
  'shift-2': everyDay('America/Montreal', '14:00-22:00'),
  'shift-3': everyDay('America/Montreal', '22:00-06:00'),
} satisfies Readonly<Record<string, CalendarDefinition>>
