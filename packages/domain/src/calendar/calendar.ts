import { z } from 'zod'
import { days, hours, minutes } from '../kernel/time.ts'
import { line, timeZoneSchema } from '../kernel/values.ts'

/** The limits of a calendar; what exceeds them is refused. */
export const calendarLimits = { name: 200, days: 1_000, countries: 20, overrides: 200, closures: 1_000 } as const

const inCenturies = (text: string): boolean => text >= '1900' && text < '3000'
const centuries = 'must lie in the years 1900 to 2999'

const date = z.iso.date('must be a date such as 2026-07-14').refine(inCenturies, centuries)

/** `2026-07-14T09:00` in milliseconds, as if it were UTC. */
export const wallTime = (text: string): number => Date.parse(`${text}:00Z`)

const localTime = z
  .string()
  .max(20)
  .refine(isLocalTime, 'must be a local date and time such as 2026-07-14T09:00')
  .refine(inCenturies, centuries)

/** A public-holiday table by its country, or its country and region: `FR`, `CA-QC`, `DE-BY-A`. */
export const countrySchema = z
  .string()
  .max(20)
  .regex(/^[A-Z]{2}(-[A-Za-z0-9]{1,12}){0,2}$/, 'must be a country such as FR, or a region of one such as CA-QC')

const pattern = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/

/** A range of local time: `08:00-12:00`; `21:00-02:00` ends on the next day, `00:00-24:00` is the whole day. */
const rangeSchema = z
  .string()
  .max(20)
  .regex(pattern, 'must be a range of local time such as 08:00-12:00, or 21:00-02:00 into the next day')
  .refine(
    (range) => range.slice(0, 5) !== range.slice(6),
    'ends when it starts: write 00:00-24:00 for the whole day, or leave the range out',
  )

/** Whether a text has the form of a range. */
const isRange = (text: string): boolean => pattern.test(text)

/** `08:30` in milliseconds since midnight. */
const sinceMidnight = (time: string): number => hours(Number(time.slice(0, 2))) + minutes(Number(time.slice(3, 5)))

/** The windows that start on one date. They do not overlap. */
const rangesSchema = z
  .array(rangeSchema)
  .refine((ranges) => ranges.length <= 24, 'must have 24 ranges at most')
  .superRefine((ranges, context) => {
    const fault = firstOverlap(ranges.filter(isRange).map((range) => ({ range, ...windowOf(range) })))
    if (!fault) return
    const path = [ranges.indexOf(fault.second.range)]
    context.addIssue({ code: 'custom', path, message: `overlaps ${fault.first.range}: join them, or move one` })
  })

const ranges = rangesSchema.optional()

const holidaySchema = z.strictObject({
  date,
  name: line(calendarLimits.name),
  /** Limited hours; closed by default. */
  hours: rangesSchema.optional(),
})

/** In the order of the ISO week. */
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const weekShape = z.strictObject({
  everyDay: ranges,
  weekdays: ranges,
  weekends: ranges,
  monday: ranges,
  tuesday: ranges,
  wednesday: ranges,
  thursday: ranges,
  friday: ranges,
  saturday: ranges,
  sunday: ranges,
})

/** Whether two ranges are in the list of one day, which itself reports that they overlap. */
const isOneDay = (first: Window, second: Window): boolean => dayOf(first) === dayOf(second)

const dayOf = ({ start }: Window): number => Math.floor(start / days(1))

const shifted = <W extends Window>(window: W, by: number): W => ({
  ...window,
  start: window.start + by,
  end: window.end + by,
})

/** A week whose ranges do not overlap, not even those that run into the next day, or from Sunday into Monday. */
const weekSchema = weekShape.superRefine((week, context) => {
  const all = weekdays.flatMap((_, day) => named(week, day))
  const intoMonday = all.filter(({ end }) => end > days(7)).map((late) => shifted(late, -days(7)))
  const fault = firstOverlap([...intoMonday, ...all])
  if (!fault || isOneDay(fault.first, fault.second)) return
  const { first, second } = fault
  const message = `overlaps ${first.range} of ${first.path[0]}: join them, or move one`
  context.addIssue({ code: 'custom', path: [...second.path], message })
})

const overrideSchema = z
  .strictObject({
    /** The first and the last date on which these hours replace the usual ones. */
    from: date,
    to: date,
    name: line(calendarLimits.name),
    hours: weekSchema,
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before from' })

const closureSchema = z
  .strictObject({ from: localTime, to: localTime, name: line(calendarLimits.name).optional() })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' })

/** Every day, the whole day. */
export const wholeWeek: Week = { everyDay: ['00:00-24:00'] }

/** The dates of an override as a window, in milliseconds since 1970 on a clock without a zone. */
export const datesOf = ({ from, to }: { readonly from: string; readonly to: string }) => ({
  start: wallTime(`${from}T00:00`),
  end: wallTime(`${to}T00:00`) + days(1),
})

const windowsInOneWeek = (week: Week) =>
  windowsByDay(week).flatMap((windows, day) =>
    windows.map(({ start, end }) => ({ start: start + days(day), end: end + days(day) })),
  )

/** The windows of a week, by the day they start on (0 is Monday), in milliseconds since that day's midnight. */
export const windowsByDay = (week: Week): readonly (readonly Window[])[] =>
  weekdays.map((_, day) => (named(week, day) as Window[]).map((window) => shifted(window, -days(day))))

/**
 * Opening hours as users write them: of a centre, a team, or a policy. All times are local to `timeZone`. Holidays take
 * precedence over overrides, and these over the usual hours; breaks and closures take precedence over all of them.
 * @see docs/guides/hours-and-holidays.md
 */
export const calendarSchema = z
  .strictObject({
    timeZone: timeZoneSchema,
    hours: z.union([z.literal('always'), weekSchema], {
      error: 'must be always, or ranges by weekday such as monday: ["08:00-12:00"]',
    }),
    holidays: z
      .strictObject({
        /** Public holidays, from the tables that are passed to `compileCalendar`. */
        countries: z.array(countrySchema).max(calendarLimits.countries).optional(),
        /** Limited hours on public holidays; closed by default. */
        hours: rangesSchema.optional(),
        /** Own days, which take precedence over public holidays of the same date. */
        days: z.array(holidaySchema).max(calendarLimits.days).optional(),
      })
      .optional(),
    /** Other hours for a time, such as a summer. A weekday that is missing there is closed. */
    overrides: z.array(overrideSchema).max(calendarLimits.overrides).optional(),
    /** Removed from every day, including holidays with limited hours: lunch, a daily meeting. */
    breaks: weekSchema.optional(),
    /** Absences, from one local time to another. */
    closures: z.array(closureSchema).max(calendarLimits.closures).optional(),
  })
  .superRefine(({ hours, holidays, overrides = [], breaks = {} }, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const dates = (holidays?.days ?? []).map(({ date }) => date)
    const again = dates.findIndex((each, index) => dates.indexOf(each) < index)
    if (again >= 0) fault(['holidays', 'days', again, 'date'], `occurs twice: ${dates[again]}`)
    const overlap = firstOverlap(overrides.map((each, index) => ({ ...each, ...datesOf(each), index })))
    if (overlap) {
      const { first, second } = overlap
      fault(['overrides', second.index], `shares days with ${first.name} (${first.from} to ${first.to}): split one`)
    }
    const limited = [holidays?.hours, ...(holidays?.days ?? []).map(({ hours }) => hours)]
    const sometimes = [...overrides.map((override) => override.hours), ...limited.map((everyDay) => ({ everyDay }))]
    const hoursAreRead = !context.issues.some(({ path = [] }) => path[0] === 'hours' || path[0] === 'breaks')
    if (hoursAreRead && [hours, ...sometimes].every((week) => neverOpens(week, breaks))) {
      fault(['hours'], 'never opens: give a weekday a range that no break covers')
    }
  })

/** A calendar as users write it. */
export type CalendarDefinition = z.infer<typeof calendarSchema>

/**
 * Public holidays by country, as data: decisions based on them can be explained years later, even if a library of
 * holidays has changed by then. A date in no table is an ordinary day.
 */
export const publicHolidaysSchema = z.record(
  countrySchema,
  z.array(z.strictObject({ date, name: line(calendarLimits.name) })).max(5_000),
)

/** Public holidays by country. */
export type PublicHolidays = z.infer<typeof publicHolidaysSchema>

function isLocalTime(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? wallTime(text) : NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function neverOpens(hours: CalendarDefinition['hours'], breaks: Week): boolean {
  const open = windowsInOneWeek(hours === 'always' ? wholeWeek : hours)
  const cuts = windowsInOneWeek(breaks)
  const around = [-1, 0, 1].flatMap((weeks) =>
    cuts.map(({ start, end }) => ({ start: start + days(7 * weeks), end: end + days(7 * weeks) })),
  )
  return without(joined(open), joined(around)).length === 0
}

/**
 * Ranges by weekday. A named weekday takes precedence over `weekdays` (Monday to Friday) and `weekends`, and these over
 * `everyDay`; a day without an entry has no ranges, and neither has one with an empty list.
 */
export type Week = z.infer<typeof weekShape>

type DayWindow = Window & { readonly range: string; readonly path: readonly [keyof Week, number] }

function named(week: Week, day: number): DayWindow[] {
  const key = keyOf(week, day)
  return (key === undefined ? [] : (week[key] ?? []))
    .map((range, index): [string, number] => [range, index])
    .filter(([range]) => isRange(range))
    .map(([range, index]) => ({ ...shifted(windowOf(range), days(day)), range, path: [key as keyof Week, index] }))
}

function keyOf(week: Week, day: number): keyof Week | undefined {
  const candidates = [weekdays[day], day < 5 ? 'weekdays' : 'weekends', 'everyDay'] as const
  return candidates.find((key) => key !== undefined && week[key] !== undefined)
}

/** Local time between two wall times, half open, in milliseconds; each use defines the origin. */
export type Window = { readonly start: number; readonly end: number }

/** A range as a window, in milliseconds since the midnight at which its day begins. */
export function windowOf(range: string): Window {
  const [start, end] = [sinceMidnight(range.slice(0, 5)), sinceMidnight(range.slice(6))]
  return { start, end: end > start ? end : end + hours(24) }
}

/** The first two windows that overlap, by their starts. */
function firstOverlap<W extends Window>(windows: readonly W[]): { first: W; second: W } | undefined {
  const sorted = [...windows].sort((a, b) => a.start - b.start)
  for (const [index, second] of sorted.entries()) {
    const first = sorted[index - 1]
    if (first && first.end > second.start) return { first, second }
  }
  return undefined
}

/** Sorted windows; those that overlap or touch are merged. */
export function joined(windows: readonly Window[]): readonly Window[] {
  const result: { start: number; end: number }[] = []
  for (const { start, end } of [...windows].sort((a, b) => a.start - b.start)) {
    const before = result.at(-1)
    if (before && start <= before.end) before.end = Math.max(before.end, end)
    else result.push({ start, end })
  }
  return result
}

/** Joined windows without the parts that other joined windows cover. */
export function without(windows: readonly Window[], cuts: readonly Window[]): readonly Window[] {
  const result: Window[] = []
  let next = 0
  for (const { start, end } of windows) {
    while (next < cuts.length && (cuts[next]?.end ?? 0) <= start) next++
    let open = start
    for (let each = next; open < end; each++) {
      const cut = cuts[each] ?? { start: end, end }
      if (cut.start > open) result.push({ start: open, end: Math.min(cut.start, end) })
      open = Math.max(open, cut.end)
    }
  }
  return result
}
