import type { Instant } from '@guichet/domain'
import { countDays, mostReportDays } from '@guichet/projections'
import { DateTime } from 'luxon'
import { now } from '../engine/engine.ts'
import { Fault } from '../fault/fault.ts'

/** Days of a report, by its `--from` and `--to`: the seven that end today unless they say otherwise. */
export function period(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
): { readonly first: string; readonly last: string; readonly from: Instant; readonly to: Instant } {
  const today = DateTime.fromISO(now(), { zone: timeZone }).toISODate() ?? now().slice(0, 10)
  const last = to ?? today
  const first = from ?? DateTime.fromISO(last, { zone: 'UTC' }).minus({ days: 6 }).toISODate() ?? last
  const length = countDays(first, last)
  if (length < 1 || length > mostReportDays)
    throw new Fault('period_invalid', `from ${first} to ${last} is not a period of 1 to ${mostReportDays} days`)
  return { first, last, from: startOf(first, timeZone), to: startOf(dayAfter(last), timeZone) }
}

function dayAfter(day: string): string {
  return DateTime.fromISO(day, { zone: 'UTC' }).plus({ days: 1 }).toISODate() ?? day
}

function startOf(day: string, timeZone: string): Instant {
  return DateTime.fromISO(day, { zone: timeZone }).toJSDate().toISOString() as Instant
}
