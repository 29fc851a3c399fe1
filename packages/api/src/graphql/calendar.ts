import type { Holiday } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { CalendarOutlook } from '../desk-configuration/calendar-outlook.ts'
import { calendarOutlooks } from '../desk-configuration/calendar-outlook.ts'
import { readVersions, versionAt } from '../desk-configuration/versions.ts'
import type { ApiBuilder } from './builder.ts'
import { historyCost } from './loaders.ts'
import { assertPageSize } from './paging.ts'

/** `calendars`: when the desk is there, by each calendar of its configuration. */
export function addCalendars(builder: ApiBuilder): void {
  const holiday = builder.objectRef<Holiday>('Holiday').implement({
    fields: (t) => ({
      date: t.expose('date', { type: 'Date', description: 'In the zone of the calendar.' }),
      name: t.exposeString('name'),
      hours: t.stringList({
        description: 'Limited hours, such as 10:00-12:00; none when it is closed.',
        resolve: ({ hours }) => hours,
      }),
    }),
  })
  const calendar = builder.objectRef<CalendarOutlook>('Calendar').implement({
    description: 'Somebody’s hours, as SLA policies, teams and centres name them.',
    fields: (t) => ({
      name: t.exposeString('name'),
      zone: t.string({ description: 'An IANA time zone.', resolve: ({ timeZone }) => timeZone }),
      isOpen: t.exposeBoolean('isOpen'),
      closesAt: t.expose('closesAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Null when it is closed, or never closes.',
      }),
      nextOpening: t.expose('nextOpening', {
        type: 'DateTime',
        nullable: true,
        description: 'When it opens next: where it is open, after it has closed. Null when it never does.',
      }),
      holidays: t.field({
        type: [holiday],
        description: 'Those ahead, today’s included.',
        args: { first: t.arg.int({ defaultValue: 5 }) },
        resolve: (outlook, { first }) => {
          assertPageSize('first', first ?? 5)
          return outlook.holidays.slice(0, first ?? 5)
        },
      }),
    }),
  })

  builder.queryField('calendars', (t) =>
    t.field({
      type: [calendar],
      description: 'The calendars of the configuration in force now, or `at` an instant, as they stand then; by name.',
      args: { at: t.arg({ type: 'DateTime' }) },
      extensions: { cost: historyCost },
      resolve: async (_, { at }, { services }) => {
        const asOf = at ?? instant(new Date())
        const version = versionAt(await readVersions(services.store), asOf)
        return [...(await calendarOutlooks(version, asOf))]
      },
    }),
  )
}
