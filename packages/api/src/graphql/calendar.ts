import type { Holiday } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { CalendarOutlook } from '../desk-configuration/calendar-outlook.ts'
import { calendarOutlooks } from '../desk-configuration/calendar-outlook.ts'
import { readVersions, versionAt } from '../desk-configuration/versions.ts'
import type { ApiBuilder } from './builder.ts'
import { historyCost } from './loaders.ts'
import { assertPageSize } from './paging.ts'

/** Adds `calendars`: the business hours of each calendar of the configuration. */
export function addCalendars(builder: ApiBuilder): void {
  const holiday = builder.objectRef<Holiday>('Holiday').implement({
    fields: (t) => ({
      date: t.expose('date', { type: 'Date', description: 'The day in the time zone of the calendar.' }),
      name: t.exposeString('name'),
      hours: t.stringList({
        description: 'The limited hours, such as 10:00-12:00; none if it is closed.',
        resolve: ({ hours }) => hours,
      }),
    }),
  })
  const calendar = builder.objectRef<CalendarOutlook>('Calendar').implement({
    description: 'Business hours, which SLA policies, teams and centres refer to by name.',
    fields: (t) => ({
      name: t.exposeString('name'),
      zone: t.string({ description: 'The IANA time zone.', resolve: ({ timeZone }) => timeZone }),
      isOpen: t.exposeBoolean('isOpen'),
      closesAt: t.expose('closesAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it closes next; null if it is closed, or never closes.',
      }),
      nextOpening: t.expose('nextOpening', {
        type: 'DateTime',
        nullable: true,
        description: 'When it opens next, after closing if it is open now; null if never.',
      }),
      holidays: t.field({
        type: [holiday],
        description: 'The coming holidays, from today on.',
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
      description:
        'The calendars of the configuration in force now or `at` an instant, with their state at that time, by name.',
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
