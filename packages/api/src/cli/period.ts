import type { Instant } from '@guichet/domain'
import { countDays, mostReportDays } from '@guichet/projections'
import { DateTime } from 'luxon'
import { now } from '../engine/engine.ts'
import { Fault } from '../fault/fault.ts'

/** The longest period: a hundred years. */
export const mostDays = 36_525

/** Days of a report, by its `--from` and `--to`: the seven that end today unless they say otherwise. */
export function period(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
  most: number = mostDays,
): { readonly first: string; readonly last: string; readonly from: Instant; readonly to: Instant } {
  const today = DateTime.fromISO(now(), { zone: timeZone }).toISODate() ?? now().slice(0, 10)
  const last = to ?? today
  const first = from ?? plusDays(last, -6)
  const length = countDays(first, last)
  if (length < 1 || length > most)
    throw new Fault('period_invalid', `from ${first} to ${last} is not a period of 1 to ${most} days`)
  return { first, last, from: startOf(first, timeZone), to: startOf(plusDays(last, 1), timeZone) }
}

/** A period in pieces that a report by days may be asked for. */
export function pieces(first: string, last: string): readonly { readonly first: string; readonly last: string }[] {
  const starts = Array.from({ length: Math.ceil(countDays(first, last) / mostReportDays) }, (_, n) =>
    plusDays(first, n * mostReportDays),
  )
  return starts.map((start) => {
    const end = plusDays(start, mostReportDays - 1)
    return { first: start, last: end < last ? end : last }
  })
}

function plusDays(day: string, days: number): string {
  return DateTime.fromISO(day, { zone: 'UTC' }).plus({ days }).toISODate() ?? day
}

function startOf(day: string, timeZone: string): Instant {
  return DateTime.fromISO(day, { zone: timeZone }).toJSDate().toISOString() as Instant
}
