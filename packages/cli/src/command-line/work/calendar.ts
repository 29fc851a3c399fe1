import type { Instant } from '@guichet/domain'
import { addBusinessTime, businessTimeBetween, formatDuration } from '@guichet/domain'
import type { CalendarOutlook, ReadConfiguration } from '@guichet/desk/configuration'
import { calendarOutlook, readVersions, versionAt } from '@guichet/desk/configuration'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { table } from '../table.ts'
import { withEngineRepeatedly } from '../with-engine.ts'
import { readFile } from './config.ts'

/** The options of the command; `add` in milliseconds. */
export type CalendarOptions = {
  readonly at?: Instant
  readonly add?: number
  readonly between?: readonly Instant[]
  readonly file?: string
  readonly json?: boolean
}

/** The number of future holidays that are shown. */
const holidaysShown = 5

/** Prints the state of a calendar at an instant, or of every calendar. */
export async function runCalendar(name: string | undefined, options: CalendarOptions, context: Context): Promise<void> {
  const { add, between, file, json } = options
  if (name === undefined && (add !== undefined || between)) {
    throw new CommandFault('usage', '--add and --between are asked of one calendar: name it')
  }
  const [from, to, more] = between ?? []
  if (between && (from === undefined || to === undefined || more !== undefined || from > to)) {
    throw new CommandFault('usage', '--between takes two instants, the earlier one first')
  }
  const at = options.at ?? now()
  const configuration =
    file === undefined ? await inForceAt(at, context) : await readFile(file, context.terminal, [at, ...(between ?? [])])
  const names = Object.keys(configuration.configuration.calendars).sort()
  const outlooks = (name === undefined ? names : [name]).map((each) => {
    const outlook = calendarOutlook(configuration, each, at)
    if (outlook) return outlook
    const hint = names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`
    throw new CommandFault('calendar_not_found', `there is no calendar ${each}; ${hint}`)
  })
  const [one] = outlooks
  const result =
    name === undefined || !one ? outlooks.map(outlookJson) : { ...outlookJson(one), ...computed(one, options) }
  if (json) return context.terminal.out(JSON.stringify(result))
  for (const line of name === undefined || !one ? overview(outlooks) : inWords(one, options)) context.terminal.out(line)
}

async function inForceAt(at: Instant, context: Context): Promise<ReadConfiguration> {
  return versionAt(await withEngineRepeatedly(context, ({ store }) => readVersions(store)), at)
}

const outlookJson = (outlook: CalendarOutlook) => {
  const { name, timeZone, at, isOpen, closesAt, nextOpening } = outlook
  return { name, timeZone, at, isOpen, closesAt, nextOpening, holidays: outlook.holidays.slice(0, holidaysShown) }
}

/** Returns the requested computations, in milliseconds of business time. */
const computed = ({ calendar, at }: CalendarOutlook, { add, between: [from, to] = [] }: CalendarOptions) => ({
  ...(add !== undefined && { add: { time: add, dueAt: addBusinessTime(calendar, at, add) } }),
  ...(from && to && { between: { from, to, time: businessTimeBetween(calendar, from, to) } }),
})

const overview = (outlooks: readonly CalendarOutlook[]): string[] =>
  outlooks.length === 0
    ? ['the configuration has no calendar']
    : [
        table(
          ['calendar', 'zone', 'is', 'closes', 'opens next'],
          outlooks.map(({ name, timeZone, isOpen, closesAt, nextOpening }) => [
            name,
            timeZone,
            isOpen ? 'open' : 'closed',
            isOpen ? local(closesAt, timeZone) : '–',
            local(nextOpening, timeZone),
          ]),
        ),
      ]

function inWords(outlook: CalendarOutlook, options: CalendarOptions): string[] {
  const { name, timeZone, at, isOpen, closesAt, nextOpening } = outlook
  const { add, between } = computed(outlook, options)
  const moment = (label: string, instant: Instant | undefined) => [label, local(instant, timeZone), instant ?? '']
  const rows = [
    moment(isOpen ? 'is open at' : 'is closed at', at),
    ...(isOpen ? [moment('closes', closesAt)] : []),
    moment('opens next', nextOpening),
    ...(add ? [moment(`${formatDuration(add.time)} later`, add.dueAt)] : []),
    ...(between ? [['between', formatDuration(between.time) || '0', `${between.from} to ${between.to}`]] : []),
    ...outlook.holidays
      .slice(0, holidaysShown)
      .map(({ date, name, hours }) => [
        'holiday',
        date,
        `${name}: ${hours.length === 0 ? 'closed' : hours.join(', ')}`,
      ]),
  ]
  return [`${name} (${timeZone})`, table(['', 'there', ''], rows).split('\n').slice(1).join('\n')]
}

/** Formats an instant in local time: `Fri 2026-11-20 16:30`. */
function local(at: Instant | undefined, timeZone: string): string {
  if (at === undefined) return 'never'
  const date = new Date(at)
  const day = new Intl.DateTimeFormat('en', { timeZone, weekday: 'short' }).format(date)
  return `${day} ${new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(date)}`
}
