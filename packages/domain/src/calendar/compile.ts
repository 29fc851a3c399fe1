import { LruCache } from '../kernel/lru-cache.ts'
import { days } from '../kernel/time.ts'
import { describeIssue } from '../kernel/validation.ts'
import type { CalendarDefinition, PublicHolidays, Window } from './calendar.ts'
import { calendarSchema, datesOf, joined, wallTime, wholeWeek, windowOf, windowsByDay, without } from './calendar.ts'
import type { Calendar } from './spans.ts'
import { calendarOf, spanAt, spanMs, spanOf } from './spans.ts'

/** The time-zone database lists single years until 2087 (Morocco's); later ones follow rules that repeat. */
const rulesRepeatFrom = Date.UTC(2100, 0, 1)

/**
 * Compiles a calendar. A wall time means the first instant at which the local date and clock have reached it: a window
 * that starts in a skipped hour starts with the first real instant, one that starts in a repeated hour starts in its
 * first pass, windows that touch are joined, and a whole day has 23 or 25 hours when the clocks change. A window
 * belongs to the date it starts on: a night window continues into the next date, even if that is a holiday. Everything
 * is computed on first use, and only a bounded part of it is cached.
 * @param written what `calendarSchema` accepts.
 * @param publicHolidays the tables of the countries that the definition names; others are ignored.
 * @throws RangeError with the place of the fault when the definition is invalid, or when the table of a country is
 * missing.
 */
export function compileCalendar(written: CalendarDefinition, publicHolidays: PublicHolidays = {}): Calendar {
  const definition = checked(written)
  const { timeZone: _, hours: usual, ...exceptions } = definition
  if (usual === 'always' && Object.values(exceptions).every((each) => each === undefined)) return alwaysOpen
  const hours = hoursOn(definition, publicHolidays)
  const breaks = onWeekdays(definition.breaks ?? {})
  const closures = joined(
    (definition.closures ?? []).map(({ from, to }) => ({ start: wallTime(from), end: wallTime(to) })),
  )
  const lastSpecial = Math.max(rulesRepeatFrom, lastNamedDate(definition, publicHolidays))
  const clockAround = wallClocksBySpan(definition.timeZone)
  const dates = (date: number): readonly Window[] => {
    const cuts = windowsBetween(days(date - 1), days(date + 2), breaks)
    const open = without(without(windowsBetween(days(date), days(date), hours), cuts), closures)
    if (open.length === 0) return open
    const { reaches } = clockAround(spanAt(days(date)))
    return open
      .map(({ start, end }) => ({ start: reaches(start), end: reaches(end) }))
      .filter(({ start, end }) => start < end)
  }
  const calendar = calendarOf(spanAt(lastSpecial) + 2, (index) => {
    const [from, to] = around(index)
    const planned = without(windowsBetween(from, to, hours), windowsBetween(from, to, breaks))
    const open = without(planned, closures)
    if (open.length === 0) return spanOf(index, [])
    if (open[0] && open[0].start <= from && open[0].end >= to) return spanOf(index, [{ start: from, end: to }])
    const { reaches } = clockAround(index)
    return spanOf(
      index,
      open.map(({ start, end }) => ({ start: reaches(start), end: reaches(end) })),
    )
  })
  return { ...calendar, dates }
}

/** A span and three days on either side of it, in milliseconds since 1970. */
const around = (index: number): readonly [from: number, to: number] => [
  index * spanMs - days(3),
  (index + 1) * spanMs + days(3),
]

type WallClocksBySpan = (index: number) => WallClock

/** The zones used last: their calendars share the wall clocks. */
const zones = new LruCache<string, WallClocksBySpan>({ maxEntries: 64 })

/** The wall clocks of a zone around a span; those of the spans used last are cached. */
function wallClocksBySpan(timeZone: string): WallClocksBySpan {
  const entry = zones.get(timeZone)
  if (entry) return entry
  const during = wallClocks(timeZone)
  const cache = new LruCache<number, WallClock>({ maxEntries: 128 })
  const bySpan: WallClocksBySpan = (index) => {
    const cached = cache.get(index)
    if (cached) return cached
    const clock = during(...around(index))
    cache.set(index, clock)
    return clock
  }
  zones.set(timeZone, bySpan)
  return bySpan
}

function checked(written: CalendarDefinition): CalendarDefinition {
  const { success, data, error } = calendarSchema.safeParse(written, describeIssue)
  if (success) return data
  const [issue] = error.issues
  throw new RangeError(`not a calendar: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`)
}

const wholeSpan = spanOf(0, [{ start: 0, end: spanMs }])

/** Each span is open from its beginning to its end and needs no computation. */
const alwaysOpen: Calendar = {
  span: () => wholeSpan,
  open: () => spanMs,
  regularFrom: 0,
  dates: (date) => [{ start: days(date), end: days(date + 1) }],
}

/** The windows that start on the dates of a span of wall time, in milliseconds since 1970. */
function windowsBetween(from: number, to: number, windowsOn: WindowsOn): readonly Window[] {
  const windows: Window[] = []
  for (let date = Math.floor(from / days(1)); date <= to / days(1); date++) {
    for (const { start, end } of windowsOn(date)) windows.push({ start: start + days(date), end: end + days(date) })
  }
  return joined(windows)
}

/** The windows that start on a date, given in days since 1970; in milliseconds since its midnight. */
type WindowsOn = (date: number) => readonly Window[]

/**
 * The hours of a date: own holidays take precedence over public holidays, these over overrides, and these over the
 * usual hours.
 */
function hoursOn(definition: CalendarDefinition, publicHolidays: PublicHolidays): WindowsOn {
  const { hours, holidays, overrides = [] } = definition
  const usual = onWeekdays(hours === 'always' ? wholeWeek : hours)
  const replaced = overrides.map((each) => ({ ...datesOf(each), windowsOn: onWeekdays(each.hours) }))
  const holiday = new Map<number, readonly Window[]>()
  const limited = (holidays?.hours ?? []).map(windowOf)
  for (const country of holidays?.countries ?? []) {
    for (const { date } of tableOf(country, publicHolidays)) holiday.set(dayOf(date), limited)
  }
  for (const { date, hours = [] } of holidays?.days ?? []) holiday.set(dayOf(date), hours.map(windowOf))
  return (date) => {
    const inForce = replaced.find(({ start, end }) => days(date) >= start && days(date) < end)?.windowsOn ?? usual
    return holiday.get(date) ?? inForce(date)
  }
}

/** The windows of each date by its weekday. */
function onWeekdays(week: Parameters<typeof windowsByDay>[0]): WindowsOn {
  const byDay = windowsByDay(week)
  return (date) => byDay[(((date + daysFromMondayTo1970) % 7) + 7) % 7] ?? []
}

const daysFromMondayTo1970 = 3

/** The end of the last date that a calendar or a table of its countries names; in milliseconds since 1970. */
function lastNamedDate(definition: CalendarDefinition, publicHolidays: PublicHolidays): number {
  const { holidays, overrides = [], closures = [] } = definition
  const dates = [
    ...(holidays?.countries ?? []).flatMap((country) => tableOf(country, publicHolidays)),
    ...(holidays?.days ?? []),
  ].map(({ date }) => date)
  const last = [...dates, ...overrides.map(({ to }) => to), ...closures.map(({ to }) => to.slice(0, 10))].sort().at(-1)
  return last === undefined ? 0 : wallTime(`${last}T00:00`) + days(1)
}

function tableOf(country: string, publicHolidays: PublicHolidays) {
  const table = publicHolidays[country]
  if (!table) throw new RangeError(`no table of the public holidays of ${country}`)
  return table
}

const dayOf = (date: string): number => wallTime(`${date}T00:00`) / days(1)

/** From `start` on (milliseconds since 1970) the clocks of a zone show UTC plus `offset` milliseconds. */
type Stretch = { readonly start: number; readonly offset: number }

/** The wall clock of a time zone during some span of time. */
type WallClock = {
  /**
   * The first instant at which the local date and clock have reached a wall time, which is written as if it were UTC,
   * in milliseconds since 1970. A skipped time is reached right after the skip, a repeated one the first time.
   */
  readonly reaches: (wallTime: number) => number
}

/** In the time-zone database two changes that undo each other are at least four days apart. */
const probeEvery = days(3)

/**
 * The wall clocks of a time zone, from the time-zone database of the machine (`Intl`).
 * @throws RangeError for a name that the machine does not know.
 */
export function wallClocks(timeZone: string): (from: number, to: number) => WallClock {
  const offsetAt = offsets(timeZone)
  return (from, to) => {
    const stretches = stretchesBetween(offsetAt, from, to)
    return { reaches: (wallTime) => reached(stretches, wallTime) }
  }
}

function reached(stretches: readonly Stretch[], wallTime: number): number {
  for (const [index, { start, offset }] of stretches.entries()) {
    const next = stretches[index + 1]
    const instant = Math.max(start, wallTime - offset)
    if (!next || instant < next.start) return instant
  }
  return wallTime
}

function stretchesBetween(offsetAt: (instant: number) => number, from: number, to: number): readonly Stretch[] {
  let offset = offsetAt(from)
  const stretches: Stretch[] = [{ start: Number.NEGATIVE_INFINITY, offset }]
  for (let probe = from; probe < to; probe += probeEvery) {
    const after = offsetAt(probe + probeEvery)
    if (after === offset) continue
    stretches.push({ start: changeBetween(offsetAt, probe, probe + probeEvery), offset: after })
    offset = after
  }
  return stretches
}

/** The second at which the offset changes, found by bisection. */
function changeBetween(offsetAt: (instant: number) => number, from: number, to: number): number {
  let [before, after] = [from / 1000, to / 1000]
  const offset = offsetAt(from)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle * 1000) === offset) before = middle
    else after = middle
  }
  return after * 1000
}

function offsets(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (instant) => {
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = format
      .format(instant)
      .split(/\D+/)
      .map(Number)
    return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000 - instant
  }
}
