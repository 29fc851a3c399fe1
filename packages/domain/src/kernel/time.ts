import { z } from 'zod'

/**
 * A moment in UTC with millisecond precision, written `2026-03-29T00:30:00.000Z`.
 * Canonical, so that two instants compare with `<` as strings do.
 */
export type Instant = string & { readonly __brand: 'Instant' }

const canonical = /^[1-8]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * Reads any ISO 8601 date-time with an offset, or a Date, as an instant.
 * @throws RangeError when the text is no date-time, has no offset, or lies outside the years 1000–8999, which every
 * database can hold and which bound every computed instant.
 */
export function instant(value: string | Date): Instant {
  const read = typeof value === 'string' ? readIso(value) : value
  if (!(read instanceof Date) || Number.isNaN(read.getTime())) throw new RangeError(`not an instant: ${String(value)}`)
  const text = read.toISOString()
  if (!canonical.test(text)) throw new RangeError(`outside the years 1000 to 8999: ${text}`)
  return text as Instant
}

/** The first and the last possible instant, in milliseconds since 1970. */
export const instantLimits = { first: Date.UTC(1000, 0, 1), last: Date.UTC(8999, 11, 31, 23, 59, 59, 999) } as const

const isoDateTime = z.iso.datetime({ offset: true })

function readIso(text: string): Date | undefined {
  return isInstant(text) || isoDateTime.safeParse(text).success ? new Date(text) : undefined
}

/** Whether a text is an instant as this module writes it: canonical, and a date that exists in the calendar. */
export function isInstant(text: string): text is Instant {
  return canonical.test(text) && fromEpochMs(toEpochMs(text as Instant)) === text
}

/**
 * An instant in the form that this module writes: an offset is converted to UTC, and missing milliseconds are added.
 * @throws RangeError when it is not an instant.
 */
export const canonicalInstant = (at: Instant): Instant => (canonical.test(at) ? at : instant(at))

/**
 * The instant `milliseconds` after (or, negative, before) another, in elapsed time: changes of the wall clock have no
 * effect. The result is clamped to the years 1000 to 8999.
 */
export const later = (from: Instant, milliseconds: number): Instant => sinceEpoch(msOf(from) + milliseconds)

/** The instant `milliseconds` after the beginning of 1970, UTC, clamped to the first and the last possible instant. */
export const sinceEpoch = (milliseconds: number): Instant => {
  const clamped = Math.max(instantLimits.first, Math.min(milliseconds, instantLimits.last))
  return Number.isInteger(clamped) ? fromEpochMs(clamped) : (new Date(clamped).toISOString() as Instant)
}

/**
 * The milliseconds since 1970 of an instant, however it is written.
 * @throws RangeError when it is not an instant.
 */
export const msOf = (at: Instant): number => Date.parse(canonicalInstant(at))

/**
 * The latest of several versions that is in force at an instant; one without `from` has always been in force. Undefined
 * when none is.
 */
export function inForceAt<V extends { readonly from: Instant | undefined }>(
  versions: readonly V[],
  at: Instant,
): V | undefined {
  const moment = msOf(at)
  return versions.findLast(({ from }) => from === undefined || msOf(from) <= moment)
}

/** Elapsed milliseconds from one instant to another; negative when `to` is earlier. */
export function elapsed(from: Instant, to: Instant): number {
  return msOf(to) - msOf(from)
}

/** The later of two instants. */
export function latest(a: Instant, b: Instant): Instant {
  const [one, other] = [canonicalInstant(a), canonicalInstant(b)]
  return one < other ? other : one
}

/** The earlier of two instants. */
export function earliest(a: Instant, b: Instant): Instant {
  const [one, other] = [canonicalInstant(a), canonicalInstant(b)]
  return one < other ? one : other
}

/** The day of an instant in UTC, written `2026-03-29`. */
export const utcDay = (at: Instant): string => canonicalInstant(at).slice(0, 10)

/** A duration of `n` minutes, in milliseconds. */
export const minutes = (n: number): number => n * 60_000

/** A duration of `n` hours, in milliseconds. */
export const hours = (n: number): number => n * 3_600_000

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
const written = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/

const daysPattern = /^([1-9]\d{0,3})bd$/

/** Parses what `instant` reads; an unreadable value is an issue of the schema, not an exception. */
export const instantSchema = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    try {
      return instant(text)
    } catch {
      context.addIssue({
        code: 'custom',
        message:
          'must be an ISO 8601 date-time with an offset, such as 2026-03-29T00:30:00Z, in the years 1000 to 8999',
      })
      return z.NEVER
    }
  })

/** Accepts only canonical instants, the form in which history holds them. */
export const storedInstantSchema = z.custom<Instant>(
  (value) => typeof value === 'string' && isInstant(value),
  'must be an instant such as 2026-03-29T00:30:00.000Z',
)

/** A duration of `n` days of 24 elapsed hours, in milliseconds. */
export const days = (n: number): number => n * 86_400_000

/** Does what `Date` does at several times the speed: deadlines are computed in numbers and written as text. */

const dayMs = 86_400_000

/**
 * In this arithmetic a year starts in March, and a cycle of 400 years starts with day 0, the first of March of the year
 * 0.
 */
const daysOf400Years = 146_097

const daysUntil1970 = 719_468

/** The milliseconds since 1970 of a canonical instant; for any other text the result is meaningless. */
export function toEpochMs(at: Instant): number {
  const month = two(at, 5)
  const year = two(at, 0) * 100 + two(at, 2) - (month > 2 ? 0 : 1)
  const monthsSinceMarch = month > 2 ? month - 3 : month + 9
  const dayOfYear = ((153 * monthsSinceMarch + 2) / 5) | 0
  const leapDays = ((year / 4) | 0) - ((year / 100) | 0) + ((year / 400) | 0)
  const day = year * 365 + leapDays + dayOfYear + two(at, 8) - 1 - daysUntil1970
  const seconds = (two(at, 11) * 60 + two(at, 14)) * 60 + two(at, 17)
  return day * dayMs + seconds * 1_000 + two(at, 20) * 10 + at.charCodeAt(22) - zero
}

/** The instant of milliseconds since 1970 in the years 1000 to 8999; fractions are dropped. */
export function fromEpochMs(ms: number): Instant {
  const day = Math.floor(ms / dayMs)
  const dayOf400 = (day + daysUntil1970) % daysOf400Years
  const yearOf400 =
    ((dayOf400 - ((dayOf400 / 1_460) | 0) + ((dayOf400 / 36_524) | 0) - ((dayOf400 / 146_096) | 0)) / 365) | 0
  const dayOfYear = dayOf400 - (365 * yearOf400 + ((yearOf400 / 4) | 0) - ((yearOf400 / 100) | 0))
  const monthsSinceMarch = ((5 * dayOfYear + 2) / 153) | 0
  const date = dayOfYear - (((153 * monthsSinceMarch + 2) / 5) | 0) + 1
  const month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
  const year = yearOf400 + (((day + daysUntil1970) / daysOf400Years) | 0) * 400 + (month < 3 ? 1 : 0)
  return digits(year, month, date, (ms - day * dayMs) | 0)
}

function digits(year: number, month: number, date: number, msOfDay: number): Instant {
  const [century, yy] = [(year / 100) | 0, year % 100]
  const seconds = (msOfDay / 1_000) | 0
  const [minutes, ss, ms] = [(seconds / 60) | 0, seconds % 60, msOfDay % 1_000]
  const [hh, mm, cs] = [(minutes / 60) | 0, minutes % 60, (ms / 10) | 0]
  // prettier-ignore
  return String.fromCharCode(
    ten(century), one(century), ten(yy), one(yy), 45, ten(month), one(month), 45, ten(date), one(date), 84,
    ten(hh), one(hh), 58, ten(mm), one(mm), 58, ten(ss), one(ss), 46, ten(cs), one(cs), one(ms), 90,
  ) as Instant
}

const zero = 48
const ten = (n: number): number => zero + ((n / 10) | 0)
const one = (n: number): number => zero + (n % 10)

const two = (text: string, index: number): number =>
  (text.charCodeAt(index) - zero) * 10 + text.charCodeAt(index + 1) - zero

/** The longest duration that a configuration may contain: ten years of 365 days. */
const longest = 3_650 * units.d

function read(text: string): number | undefined {
  const parts = text === '' ? null : written.exec(text)
  if (!parts) return undefined
  const [days, hours, minutes, seconds, rest] = parts.slice(1).map((part) => Number(part ?? 0))
  return (
    (days ?? 0) * units.d + (hours ?? 0) * units.h + (minutes ?? 0) * units.m + (seconds ?? 0) * units.s + (rest ?? 0)
  )
}

/** A number of business days of a calendar, as people write them: `3bd`. */
export type BusinessDays = `${number}bd`

const mostBusinessDays = 2_500

/** The number of business days; undefined for a time in milliseconds. */
export const businessDaysOf = (time: number | BusinessDays): number | undefined =>
  typeof time === 'string' ? Number(time.slice(0, -2)) : undefined

/**
 * A duration as people write it, such as `15m`, `1h30m` or `3d` (days of 24 hours), or milliseconds. The result is in
 * milliseconds.
 */
export const durationSchema: z.ZodType<number, string | number> = z
  .union([z.string().max(40), z.number()])
  .transform((value, context): number => {
    const milliseconds = typeof value === 'number' ? value : read(value)
    if (milliseconds !== undefined && Number.isInteger(milliseconds) && milliseconds > 0 && milliseconds <= longest) {
      return milliseconds
    }
    context.addIssue({ code: 'custom', message: faultOf(value) })
    return z.NEVER
  })

/**
 * Business time as people write it: a duration such as `2h`, which becomes milliseconds, or business days such as
 * `3bd`, which stay unchanged.
 */
export const businessTimeSchema: z.ZodType<number | BusinessDays, string | number> = z
  .union([z.string().max(40), z.number()])
  .transform((value, context): number | BusinessDays => {
    if (typeof value === 'string' && daysPattern.test(value)) {
      if (Number(value.slice(0, -2)) <= mostBusinessDays) return value as BusinessDays
      context.addIssue({ code: 'custom', message: `must be at most ${mostBusinessDays} business days` })
      return z.NEVER
    }
    const { success, data, error } = durationSchema.safeParse(value)
    if (success) return data
    for (const { message } of error.issues) context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** The error message for a text or number that is no duration. */
function faultOf(value: string | number): string {
  const text = String(value)
  if (daysPattern.test(text)) return 'must be elapsed time: business days are for the times of SLA policies'
  const meant = text.replaceAll(/\s/g, '').toLowerCase()
  if (meant !== text && (daysPattern.test(meant) || read(meant) !== undefined))
    return `must be written without blanks and in lower case: ${meant}`
  const amount = text.replace(/^-/, '')
  const isAmount = amount !== '' && (written.test(amount) || /^\d+$/.test(amount))
  if (isAmount && (amount !== text || !/[1-9]/.test(amount))) return 'must be more than zero'
  if (typeof value === 'string' && /^\d+$/.test(value)) return `must have a unit, such as ${value}m or ${value}h`
  return 'must be a duration such as 15m, 1h30m or 3d, of at most 3650 days'
}

/**
 * Formats a duration in milliseconds as people write it: `5400000` is `1h30m`; business days are returned unchanged.
 */
export function formatDuration(milliseconds: number | BusinessDays): string {
  if (typeof milliseconds === 'string') return milliseconds
  let rest = milliseconds
  let text = ''
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text
}
