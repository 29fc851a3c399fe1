import type { Instant } from '@guichet/domain'
import type { TimeRange } from '../reading/page.ts'

/** Days or months (UTC) by their first days: `from` is included, `to` is not. */
type Days = { readonly from?: string | undefined; readonly to?: string | undefined }

/** A period as the whole months, the whole days beside them and the parts of days at its ends that it consists of. */
export type OutcomeSpans = {
  readonly months: readonly Days[]
  readonly days: readonly Days[]
  readonly parts: readonly TimeRange[]
}

/** Takes a period apart, so that however long it is few counters make it up. */
export function outcomeSpans({ from, to }: TimeRange): OutcomeSpans {
  const firstDay = from && dayFrom(from)
  const lastDay = to && to.slice(0, 10)
  if (firstDay !== undefined && lastDay !== undefined && firstDay > lastDay) {
    return { months: [], days: [], parts: [{ from, to }] }
  }
  const parts = given<TimeRange>([
    firstDay !== undefined && { from, to: startOf(firstDay) },
    lastDay !== undefined && { from: startOf(lastDay), to },
  ])
  const firstMonth = firstDay && monthFrom(firstDay)
  const lastMonth = lastDay && `${lastDay.slice(0, 8)}01`
  if (firstMonth !== undefined && lastMonth !== undefined && firstMonth >= lastMonth) {
    return { months: [], days: given([{ from: firstDay, to: lastDay }]), parts }
  }
  const days = given<Days>([
    firstMonth !== undefined && { from: firstDay, to: firstMonth },
    lastMonth !== undefined && { from: lastMonth, to: lastDay },
  ])
  return { months: [{ from: firstMonth, to: lastMonth }], days, parts }
}

/** The ranges that hold anything. */
const given = <R extends Days>(ranges: readonly (R | false)[]): readonly R[] =>
  ranges.filter((range): range is R => range !== false && (range.from === undefined || range.from !== range.to))

/** The first day that is wholly at or after an instant. */
function dayFrom(at: Instant): string {
  const day = at.slice(0, 10)
  return at === startOf(day) ? day : new Date(Date.parse(startOf(day)) + 86_400_000).toISOString().slice(0, 10)
}

/** The first day of the month that is wholly at or after a day. */
function monthFrom(day: string): string {
  if (day.endsWith('-01')) return day
  const [year = 0, month = 0] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
}

const startOf = (day: string): Instant => `${day}T00:00:00.000Z` as Instant
