import { days } from '../kernel/instant.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'
import { calendarSchema, wallTime } from './calendar.ts'
import type { WindowsOn } from './dates.ts'
import { hoursOn, lastNamedDate, onWeekdays } from './dates.ts'
import type { Window } from './range.ts'
import type { Calendar } from './spans.ts'
import { calendarOf, spanAt, spanMs, spanOf } from './spans.ts'
import { joined, without } from './windows.ts'
import type { WallClock } from './zone.ts'
import { wallClocks } from './zone.ts'

/** The time-zone database lists single years until 2087 (Morocco's); later ones follow rules that repeat. */
const rulesRepeatFrom = Date.UTC(2100, 0, 1)

/**
 * Makes a calendar ready to be asked. A wall time means the first instant at which the local date and clock have reached
 * it: a window that starts in the hour that the clocks skip starts with the first real instant, one that starts in the hour
 * they show twice starts in its first pass, windows that touch stay together, and a whole day has 23 or 25 hours when the
 * clocks change. A window belongs to the date it starts on: a night's goes on into the next date, though that be a holiday.
 *
 * Nothing is worked out before it is asked for, and only a bounded part of it is kept.
 * @param written what `calendarSchema` accepts.
 * @param publicHolidays the tables of the countries that the definition names; others are ignored.
 * @throws RangeError when the definition is none, saying where, or when the table of a country is missing.
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

/** The wall clocks of a zone around a span, of which the last few are kept. */
function wallClocksBySpan(timeZone: string): (index: number) => WallClock {
  const during = wallClocks(timeZone)
  const kept = new Map<number, WallClock>()
  return (index) => {
    const clock = kept.get(index) ?? during(...around(index))
    if (kept.size >= 8 && !kept.has(index)) kept.clear()
    kept.set(index, clock)
    return clock
  }
}

function checked(written: CalendarDefinition): CalendarDefinition {
  const { success, data, error } = calendarSchema.safeParse(written, inOurWords)
  if (success) return data
  const [issue] = error.issues
  throw new RangeError(`not a calendar: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`)
}

const wholeSpan = spanOf(0, [{ start: 0, end: spanMs }])

/** Each span is open from its beginning to its end, and none has to be worked out. */
const alwaysOpen: Calendar = {
  span: () => wholeSpan,
  open: () => spanMs,
  regularFrom: 0,
  dates: (date) => [{ start: days(date), end: days(date + 1) }],
}

/** What starts on the dates of a span of wall time, in milliseconds since 1970. */
function windowsBetween(from: number, to: number, windowsOn: WindowsOn): readonly Window[] {
  const windows: Window[] = []
  for (let date = Math.floor(from / days(1)); date <= to / days(1); date++) {
    for (const { start, end } of windowsOn(date)) windows.push({ start: start + days(date), end: end + days(date) })
  }
  return joined(windows)
}
