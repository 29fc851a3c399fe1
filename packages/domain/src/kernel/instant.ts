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
 * database can hold, and in which everything computed from them stays.
 */
export function instant(value: string | Date): Instant {
  const read = typeof value === 'string' ? readIso(value) : value
  if (!(read instanceof Date) || Number.isNaN(read.getTime())) throw new RangeError(`not an instant: ${String(value)}`)
  const text = read.toISOString()
  if (!canonical.test(text)) throw new RangeError(`outside the years 1000 to 8999: ${text}`)
  return text as Instant
}

/** The first and the last instant there is, in milliseconds since 1970. */
export const instantLimits = { first: Date.UTC(1000, 0, 1), last: Date.UTC(8999, 11, 31, 23, 59, 59, 999) } as const

const isoDateTime = z.iso.datetime({ offset: true })

function readIso(text: string): Date | undefined {
  return isInstant(text) || isoDateTime.safeParse(text).success ? new Date(text) : undefined
}

/** Whether a text is an instant as this module writes them: canonical, and a date that the calendar has. */
export function isInstant(text: string): text is Instant {
  if (!canonical.test(text)) return false
  const read = new Date(text)
  return !Number.isNaN(read.getTime()) && read.toISOString() === text
}

/**
 * An instant as this module writes it, whatever brought it in: one with an offset, or without milliseconds, is written anew.
 * @throws RangeError for what is none.
 */
export const canonicalInstant = (at: Instant): Instant => (canonical.test(at) ? at : instant(at))

/**
 * The instant `milliseconds` after (or, negative, before) another: elapsed time, whatever the wall clocks did.
 * It stays an instant: what would lie outside the years 1000 to 8999 is their first or last millisecond.
 */
export const later = (from: Instant, milliseconds: number): Instant => sinceEpoch(msOf(from) + milliseconds)

/** The instant so many milliseconds after the beginning of 1970, UTC; the first or the last one there is where that lies outside. */
export const sinceEpoch = (milliseconds: number): Instant =>
  new Date(Math.max(instantLimits.first, Math.min(milliseconds, instantLimits.last))).toISOString() as Instant

/**
 * The milliseconds since 1970 of an instant, however it is written.
 * @throws RangeError for what is none.
 */
export const msOf = (at: Instant): number => Date.parse(canonicalInstant(at))

/** The last of several versions that has come into force by an instant, those without `from` since ever; undefined where none has. */
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

/** Accepts canonical instants only: what history holds. */
export const storedInstantSchema = z.custom<Instant>(
  (value) => typeof value === 'string' && isInstant(value),
  'must be an instant such as 2026-03-29T00:30:00.000Z',
)

/** A duration of `n` minutes, in milliseconds. */
export const minutes = (n: number): number => n * 60_000
/** A duration of `n` hours, in milliseconds. */
export const hours = (n: number): number => n * 3_600_000
/** A duration of `n` days of 24 elapsed hours, in milliseconds. */
export const days = (n: number): number => n * 86_400_000
