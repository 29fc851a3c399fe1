import Table from 'cli-table3'
import { DateTime } from 'luxon'
import type { Instant } from '@guichet/domain'
import { countDays, mostReportDays } from '@guichet/projections'
import { now } from '../engine/engine.ts'
import { CommandFault } from '../fault.ts'

/** Formats rows under headings, in columns. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: [...headings],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  })
  drawn.push(...rows.map((row) => [...row]))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Formats a duration in milliseconds: `45 s`, `1 h 32 min`. */
export function formatElapsed(milliseconds: number | null): string {
  if (milliseconds === null) return '–'
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds > 0 && seconds < 60) return `${seconds} s`
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`
}

/** Formats a share from 0 to 1 as a percentage. */
export const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`)

/** Formats a number of things, with the singular for one: `1 ticket`, `2 tickets`. */
export const counted = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`

/** The longest period in days: a hundred years. */
export const mostDays = 36_525

/** Refuses a period whose end lies before its beginning. @throws Fault `period_invalid`. */
export function refuseReversed(from: string, to: string): void {
  if (to < from) throw new CommandFault('period_invalid', `the end, ${to}, lies before the beginning, ${from}`)
}

/** Returns the days of a report by its `--from` and `--to`: by default the seven that end today. @throws Fault `period_invalid`. */
export function period(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
  most: number = mostDays,
): { readonly first: string; readonly last: string; readonly from: Instant; readonly to: Instant } {
  const today = DateTime.fromISO(now(), { zone: timeZone }).toISODate() ?? now().slice(0, 10)
  const last = to ?? today
  const first = from ?? plusDays(last, -6)
  refuseReversed(first, last)
  const length = countDays(first, last)
  if (length > most)
    throw new CommandFault('period_invalid', `from ${first} to ${last} are ${length} days`, {
      next: `choose --from and --to of at most ${most} days`,
    })
  return { first, last, from: startOf(first, timeZone), to: startOf(plusDays(last, 1), timeZone) }
}

/** Splits a period into pieces short enough for a report by days. */
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
