import type { Holiday, Instant } from '@guichet/domain'
import { instant, instantSchema } from '@guichet/domain'
import type { CalendarOutlook } from '@guichet/desk/configuration'
import { calendarOutlook, calendarOutlooks, readVersions, versionAt } from '@guichet/desk/configuration'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { historyCost } from '../loaders.ts'
import { assertPageSize, loadNodes } from '../paging.ts'
import type { ApiContext } from '../services.ts'

/** Adds `calendars`: the business hours of each calendar of the configuration. */
export function addCalendars({ builder }: SchemaParts): void {
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
  const calendar = builder.objectRef<CalendarOfVersion>('Calendar')
  builder.node(calendar, {
    description: 'Business hours, which SLA policies, teams and centres refer to by name.',
    id: { resolve: ({ version, askedInstant, name }) => joinIds(version, askedInstant ?? present, name) },
    loadMany: loadNodes('calendars', calendarOf),
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
        args: {
          first: t.arg.int({ defaultValue: 5 }),
          after: t.arg({
            type: 'Date',
            description: 'Lists only later days: the last `date` of a list leads to what follows.',
          }),
        },
        resolve: ({ holidays }, { first, after }) => {
          assertPageSize('first', first ?? 5)
          return holidays.filter(({ date }) => after == null || date > after).slice(0, first ?? 5)
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
        const outlooks = await calendarOutlooks(version, asOf)
        return outlooks.map((outlook) => ({ ...outlook, version: version.number, askedInstant: at ?? undefined }))
      },
    }),
  )
}

/** A calendar of a version of the configuration: now, or at the instant that was asked for. */
type CalendarOfVersion = CalendarOutlook & { readonly version: number; readonly askedInstant: Instant | undefined }

/** What the id of a calendar has in the place of an instant where none was asked for. */
const present = 'now'

/** Finds a calendar by its version, the instant that was asked for and its name. */
async function calendarOf(id: string, { services: { store } }: ApiContext): Promise<CalendarOfVersion | undefined> {
  const [number = '', moment = '', ...name] = splitIds(id)
  const version = (await readVersions(store)).find((each) => String(each.number) === number)
  const result = moment === present ? undefined : instantSchema.safeParse(moment)
  if (!version || result?.success === false) return undefined
  const outlook = calendarOutlook(version, joinIds(...name), result?.data ?? instant(new Date()))
  return outlook && { ...outlook, version: version.number, askedInstant: result?.data }
}
