import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { DateTime, IANAZone } from 'luxon'

/** Reads a time as a log writes it; undefined when it is not such a time, or none that a history can hold. */
export type ReadTime = (text: string) => Instant | undefined

const remembered = 5_000

/** Whether `readTime` knows a format. */
export function isTimeFormat(format: string): boolean {
  if (format === 'iso' || format === 'unix' || format === 'unix-ms') return true
  return /y/.test(format) && /[ML]/.test(format) && /d/.test(format) && !/[YD]/.test(format)
}

/** Whether a name is an IANA time zone that this machine knows, such as `Europe/Paris`. */
export const isZone = (zone: string): boolean => IANAZone.isValidZone(zone)

/** Whether this machine knows the names of months in a language, such as `fr` or `pt-BR`. */
export function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length === 1
  } catch {
    return false
  }
}

/**
 * Compiles a format: `iso`, `unix` (seconds), `unix-ms`, or a pattern of Luxon's tokens. `zone` is the IANA zone of values
 * that carry none, `locale` the language of the names of months; of several formats the first that fits counts. An hour that a change to summer time skips is read as the hour after it, an hour that comes twice as the first.
 */
export function readTime(format: string | readonly string[], zone: string, locale = 'en'): ReadTime {
  const readers = [format].flat().map((one) => reader(one, zone, locale))
  const memory = new Map<string, Instant | undefined>()
  return (text) => {
    const known = memory.get(text)
    if (known !== undefined) return known
    if (memory.size >= remembered) memory.clear()
    const time = readers.reduce<Instant | undefined>((found, read) => found ?? canonical(read(text)), undefined)
    memory.set(text, time)
    return time
  }
}

/** A date of the calendar, of weeks or of days of the year: without one Luxon takes today, or the first day of a month. */
const wholeDate = /^\d{4}(-\d\d-\d\d|\d{4}|-?W\d\d-?[1-7]|-?\d{3})(T|$)/i

function reader(format: string, zone: string, locale: string): (text: string) => DateTime {
  if (format === 'iso')
    return (text) =>
      wholeDate.test(text)
        ? earliest(DateTime.fromISO(text, { zone }), /(Z|[+-]\d\d(:?\d\d)?)$/i.test(text))
        : DateTime.invalid('no date')
  if (format === 'unix') return (text) => fromNumber(text, 1_000)
  if (format === 'unix-ms') return (text) => fromNumber(text, 1)
  const options = { zone, locale }
  const parser = DateTime.buildFormatParser(format, options)
  const hasOffset = /[Zz]/.test(format)
  return (text) => earliest(DateTime.fromFormatParser(text, parser, options), hasOffset)
}

/** Of a local time that comes twice, the first. */
function earliest(time: DateTime, hasOffset: boolean): DateTime {
  return hasOffset || !time.isValid ? time : (time.getPossibleOffsets()[0] ?? time)
}

function fromNumber(text: string, factor: number): DateTime {
  return /^-?\d{1,15}(\.\d+)?$/.test(text)
    ? DateTime.fromMillis(Math.round(Number(text) * factor))
    : DateTime.invalid('not a number')
}

function canonical(time: DateTime): Instant | undefined {
  if (!time.isValid) return undefined
  try {
    return instant(time.toJSDate())
  } catch {
    return undefined
  }
}
