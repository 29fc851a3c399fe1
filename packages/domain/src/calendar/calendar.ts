import { z } from 'zod'
import { days } from '../kernel/instant.ts'
import { line } from '../kernel/text.ts'
import { timeZoneSchema } from '../kernel/time-zone.ts'
import { firstOverlap, rangesSchema } from './range.ts'
import type { Week } from './week.ts'
import { weekSchema, windowsByDay } from './week.ts'
import { joined, without } from './windows.ts'

/** The limits of what a calendar holds; what exceeds them is refused. */
export const calendarLimits = { name: 200, days: 1_000, countries: 20, overrides: 200, closures: 1_000 } as const

const inCenturies = (text: string): boolean => text >= '1900' && text < '3000'
const centuries = 'must lie in the years 1900 to 2999'

const date = z.iso.date('must be a date such as 2026-07-14').refine(inCenturies, centuries)

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

const holidaySchema = z.strictObject({
  date,
  name: line(calendarLimits.name),
  /** Limited hours; closed without. */
  hours: rangesSchema.optional(),
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

/**
 * When somebody works, as its users write it: a centre, a team, a policy's business hours. All times are local to
 * `timeZone`. Holidays go before overrides, and these before the usual hours; breaks and closures go before them all.
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
        /** Public holidays, by the tables that `compileCalendar` is given. */
        countries: z.array(countrySchema).max(calendarLimits.countries).optional(),
        /** Limited hours on public holidays; closed without. */
        hours: rangesSchema.optional(),
        /** Days of one's own, which go before public holidays of the same date. */
        days: z.array(holidaySchema).max(calendarLimits.days).optional(),
      })
      .optional(),
    /** Other hours for a time, such as those of a summer. A weekday that is not named there is closed. */
    overrides: z.array(overrideSchema).max(calendarLimits.overrides).optional(),
    /** What is taken out of every day, holidays with limited hours included: lunch, a daily meeting. */
    breaks: weekSchema.optional(),
    /** Absences, from one local time to another. */
    closures: z.array(closureSchema).max(calendarLimits.closures).optional(),
  })
  .superRefine(({ hours, holidays, overrides = [], breaks = {} }, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const own = (holidays?.days ?? []).map(({ date }) => date)
    const again = own.findIndex((each, place) => own.indexOf(each) < place)
    if (again >= 0) fault(['holidays', 'days', again, 'date'], `stands there twice: ${own[again]}`)
    const overlap = firstOverlap(overrides.map((each, place) => ({ ...each, ...datesOf(each), place })))
    if (overlap) {
      const { first, second } = overlap
      fault(['overrides', second.place], `shares days with ${first.name} (${first.from} to ${first.to}): split one`)
    }
    const limited = [holidays?.hours, ...(holidays?.days ?? []).map(({ hours }) => hours)]
    const sometimes = [...overrides.map((override) => override.hours), ...limited.map((everyDay) => ({ everyDay }))]
    const hoursAreRead = !context.issues.some(({ path = [] }) => path[0] === 'hours' || path[0] === 'breaks')
    if (hoursAreRead && [hours, ...sometimes].every((week) => neverOpens(week, breaks))) {
      fault(['hours'], 'never opens: give a weekday a range that no break covers')
    }
  })

/** A calendar as its users write it. */
export type CalendarDefinition = z.infer<typeof calendarSchema>

/**
 * Public holidays by country, as data: what was decided by them can be explained years later, whatever a library of
 * holidays says by then. A date that stands in no table is an ordinary day.
 */
export const publicHolidaysSchema = z.record(
  countrySchema,
  z.array(z.strictObject({ date, name: line(calendarLimits.name) })).max(5_000),
)

/** Public holidays by country. */
export type PublicHolidays = z.infer<typeof publicHolidaysSchema>

/** Every day, the whole day. */
export const wholeWeek: Week = { everyDay: ['00:00-24:00'] }

/** The dates of an override as a window, in milliseconds since 1970 on a clock without a zone. */
export const datesOf = ({ from, to }: { readonly from: string; readonly to: string }) => ({
  start: wallTime(`${from}T00:00`),
  end: wallTime(`${to}T00:00`) + days(1),
})

/** `2026-07-14T09:00` in milliseconds, as if it were UTC. */
export const wallTime = (text: string): number => Date.parse(`${text}:00Z`)

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

const windowsInOneWeek = (week: Week) =>
  windowsByDay(week).flatMap((windows, day) =>
    windows.map(({ start, end }) => ({ start: start + days(day), end: end + days(day) })),
  )
