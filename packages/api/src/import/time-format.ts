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

/**
 * Compiles a format: `iso`, `unix` (seconds), `unix-ms`, or a pattern of Luxon's tokens. `zone` is the IANA zone of values
 * that carry none. An hour that a change to summer time skips is read as the hour after it, an hour that comes twice as the first.
 */
export function readTime(format: string, zone: string): ReadTime {
  const read = reader(format, zone)
  const memory = new Map<string, Instant | undefined>()
  return (text) => {
    const known = memory.get(text)
    if (known !== undefined) return known
    if (memory.size >= remembered) memory.clear()
    const time = canonical(read(text))
    memory.set(text, time)
    return time
  }
}

function reader(format: string, zone: string): (text: string) => DateTime {
  if (format === 'iso')
    return (text) => earliest(DateTime.fromISO(text, { zone }), /(Z|[+-]\d\d(:?\d\d)?)$/i.test(text))
  if (format === 'unix') return (text) => fromNumber(text, 1_000)
  if (format === 'unix-ms') return (text) => fromNumber(text, 1)
  const options = { zone, locale: 'en' }
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
