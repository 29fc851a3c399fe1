import type { Instant } from '../kernel/instant.ts'
import { canonicalInstant, instant } from '../kernel/instant.ts'
import type { Calendar } from './spans.ts'
import { calendarOf, spanAt, spanMs, spanOf } from './spans.ts'

/** A stretch of time, half open. */
export type Gap = { readonly from: Instant; readonly to: Instant }

/** Open whenever one of several calendars is; without any, never. */
export function unionOf(calendars: readonly Calendar[]): Calendar {
  return calendarOf(Math.max(0, ...calendars.map(({ regularFrom }) => regularFrom)), (index) =>
    spanOf(
      index,
      calendars.flatMap((calendar) => windowsIn(calendar, index)).sort((a, b) => a.start - b.start),
    ),
  )
}

/** When none of several calendars is open between two instants, in order. */
export function uncovered(calendars: readonly Calendar[], from: Instant, to: Instant): readonly Gap[] {
  const all = unionOf(calendars)
  const end = Date.parse(canonicalInstant(to))
  const gaps: Gap[] = []
  let covered = Date.parse(canonicalInstant(from))
  for (let index = spanAt(covered); covered < end && index <= spanAt(end); index++) {
    for (const window of windowsIn(all, index)) {
      if (window.start > covered && covered < end) gaps.push(gap(covered, Math.min(window.start, end)))
      covered = Math.max(covered, window.end)
    }
  }
  if (covered < end) gaps.push(gap(covered, end))
  return gaps
}

const gap = (from: number, to: number): Gap => ({ from: instant(new Date(from)), to: instant(new Date(to)) })

function windowsIn(calendar: Calendar, index: number): { start: number; end: number }[] {
  const { starts, ends } = calendar.span(index)
  return Array.from(starts.numbers, (start, place) => ({
    start: index * spanMs + start,
    end: index * spanMs + (ends[place] ?? 0),
  }))
}
