import type { Instant } from '../kernel/time.ts'
import { canonicalInstant, days, fromEpochMs, instantLimits, toEpochMs } from '../kernel/time.ts'
import type { Window } from './calendar.ts'
import type { Calendar, Span } from './spans.ts'
import { firstToAsk, lastBelow, lastSpan, lastToAsk, neverOpensFrom, spanAt, spanMs } from './spans.ts'

/**
 * The instant at which a business time since another instant has elapsed. Time that elapses exactly at closing is due
 * at closing; a time of zero is due at once, open or not.
 * @param milliseconds elapsed business time, whatever the clocks do meanwhile; fractions are dropped.
 * @returns the last millisecond of the year 8999 when it does not elapse before.
 * @throws RangeError when the time is negative or not a number.
 */
export const addBusinessTime = (calendar: Calendar, from: Instant, milliseconds: number): Instant =>
  fromEpochMs(addBusinessMs(calendar, epochMs(from), milliseconds))

/**
 * The last instant from which a business time elapses until another: adding it with `addBusinessTime` gives that
 * instant.
 * @param milliseconds elapsed business time, whatever the clocks do meanwhile; fractions are dropped.
 * @returns the first millisecond of the year 1000 when there is not as much before.
 * @throws RangeError when the time is negative or not a number.
 */
export const subtractBusinessTime = (calendar: Calendar, to: Instant, milliseconds: number): Instant =>
  fromEpochMs(subtractBusinessMs(calendar, epochMs(to), milliseconds))

/**
 * The instant at which a number of business days since another has elapsed: as far into the last day as the start is
 * into the first, or at the last day's closing if that is earlier. A business day is a date of the calendar on which it
 * opens; time outside of opening hours counts from the next opening. On days of nine hours, three are 27 hours.
 * @param count a whole number; 0 keeps the instant.
 * @throws RangeError for any other count, and on joined calendars: they have no dates.
 */
export const addBusinessDays = (calendar: Calendar, from: Instant, count: number): Instant =>
  fromEpochMs(addBusinessDaysMs(calendar, epochMs(from), count))

/**
 * The business time between two instants, in elapsed milliseconds.
 * @throws RangeError when the end is before the start.
 */
export const businessTimeBetween = (calendar: Calendar, from: Instant, to: Instant): number =>
  businessMsBetween(calendar, epochMs(from), epochMs(to))

/** Whether the calendar is open at an instant: including the opening, excluding the closing. */
export const isOpen = (calendar: Calendar, at: Instant): boolean => {
  const { span, windowIndex, since } = placeOf(calendar, epochMs(at))
  return since < (span.ends[windowIndex] ?? 0)
}

/**
 * The first instant from `at` on at which the calendar is open: `at` itself when it is; undefined when it never opens
 * again.
 */
export function nextOpening(calendar: Calendar, at: Instant): Instant | undefined {
  const opens = opensAtMs(calendar, epochMs(at))
  return opens === undefined ? undefined : ifThereIs(opens)
}

function opensAtMs(calendar: Calendar, at: number): number | undefined {
  const { index, span, windowIndex, since } = placeOf(calendar, at)
  if (since < (span.ends[windowIndex] ?? 0)) return at
  const today = span.starts.numbers[windowIndex + 1]
  if (today !== undefined) return index * spanMs + today
  for (let next = index + 1; next <= lastToAsk(calendar, index); next++) {
    if (calendar.open(next) > 0) return next * spanMs + (calendar.span(next).starts.numbers[0] ?? 0)
  }
  return undefined
}

/** The last instant up to `at` at which it opened; undefined when it was open, or closed, for the 400 years before. */
export function previousOpening(calendar: Calendar, at: Instant): Instant | undefined {
  const { index, windowIndex } = placeOf(calendar, epochMs(at))
  let last = windowIndex
  for (let before = index; before >= firstToAsk(index); before--) {
    const { starts } = calendar.span(before)
    for (; last >= 0; last--) {
      const start = starts.numbers[last] ?? 0
      if (start > 0 || !endsOpen(calendar.span(before - 1))) return fromEpochMs(before * spanMs + start)
    }
    last = calendar.span(before - 1).ends.length - 1
  }
  return undefined
}

/** When the calendar closes that is open at `at`; undefined when it is closed then, or never closes again. */
export function closesAt(calendar: Calendar, at: Instant): Instant | undefined {
  if (!isOpen(calendar, at)) return undefined
  const { index, span, windowIndex } = placeOf(calendar, epochMs(at))
  let end = span.ends[windowIndex] ?? 0
  for (let next = index; next <= lastToAsk(calendar, index); next++) {
    if (next > index) {
      const following = calendar.span(next)
      end = following.starts.numbers[0] === 0 ? (following.ends[0] ?? 0) : 0
    }
    if (end < spanMs) return ifThereIs(next * spanMs + end)
  }
  return undefined
}

/**
 * `addBusinessTime` in milliseconds since 1970.
 * @throws RangeError also when `from` is not a number, or outside the years 1000 to 8999.
 */
export function addBusinessMs(calendar: Calendar, from: number, milliseconds: number): number {
  if (!(milliseconds >= 0))
    throw new RangeError(`business time to add must be a number from 0 on, and is ${milliseconds}`)
  checkInstant(from)
  if (milliseconds === 0) return from
  if (milliseconds > instantLimits.last - from) return instantLimits.last
  let index = spanAt(from)
  let offset = milliseconds + openBefore(calendar.span(index), from - index * spanMs)
  for (let open = calendar.open(index); offset > open; open = calendar.open(index)) {
    offset -= open
    index++
    if (index > lastSpan || neverOpensFrom(calendar, index)) return instantLimits.last
  }
  const { starts, before } = calendar.span(index)
  const windowIndex = lastBelow(before, offset)
  const due = index * spanMs + (starts.numbers[windowIndex] ?? 0) + offset - (before.numbers[windowIndex] ?? 0)
  return Math.min(Math.floor(due), instantLimits.last)
}

/**
 * `subtractBusinessTime` in milliseconds since 1970.
 * @throws RangeError also when `to` is not a number, or outside the years 1000 to 8999.
 */
export function subtractBusinessMs(calendar: Calendar, to: number, milliseconds: number): number {
  if (!(milliseconds >= 0))
    throw new RangeError(`business time to subtract must be a number from 0 on, and is ${milliseconds}`)
  checkInstant(to)
  const length = Math.floor(milliseconds)
  if (length === 0) return to
  let index = spanAt(to)
  let left = openBefore(calendar.span(index), to - index * spanMs) - length
  while (left < 0) {
    index--
    if (index < firstSpan) return instantLimits.first
    left += calendar.open(index)
  }
  const { starts, before } = calendar.span(index)
  const windowIndex = lastBelow(before, left + 1)
  return Math.max(
    instantLimits.first,
    index * spanMs + (starts.numbers[windowIndex] ?? 0) + left - (before.numbers[windowIndex] ?? 0),
  )
}

/**
 * `addBusinessDays` in milliseconds since 1970.
 * @throws RangeError also when `from` is not a number, or outside the years 1000 to 8999.
 */
export function addBusinessDaysMs(calendar: Calendar, from: number, count: number): number {
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`business days to add must be a whole number: ${count}`)
  const { dates } = calendar
  if (!dates) throw new RangeError('joined calendars have no dates, and no business days')
  checkInstant(from)
  if (count === 0) return from
  const start = opensAtMs(calendar, from)
  if (start === undefined) return instantLimits.last
  let date = Math.floor(start / days(1)) - 3
  while (!dates(date).some(({ end }) => end > start)) date++
  const into = dates(date).reduce((sum, { start: opens, end }) => sum + Math.max(0, Math.min(end, start) - opens), 0)
  for (let further = into === 0 ? count - 1 : count; further > 0; further--) {
    const next = nextDate({ ...calendar, dates }, date)
    if (next === undefined) return instantLimits.last
    date = next
  }
  const last = dates(date)
  return Math.min(into === 0 ? (last.at(-1)?.end ?? start) : momentOf(last, into), instantLimits.last)
}

/** The next date on which a calendar opens: searches date by date for two weeks, and then span by span. */
function nextDate(calendar: Calendar & Pick<Required<Calendar>, 'dates'>, date: number): number | undefined {
  let next = date + 1
  for (; next <= date + 14; next++) if (calendar.dates(next).length > 0) return next
  const opens = opensAtMs(calendar, days(date + 14))
  if (opens === undefined) return undefined
  while (calendar.dates(next).length === 0) next = Math.max(next + 1, Math.floor(opens / days(1)) - 1)
  return next
}

/** When windows have been open for a time, or when the last of them closes. */
function momentOf(windows: readonly Window[], open: number): number {
  let left = open
  for (const { start, end } of windows) {
    if (left <= end - start) return start + left
    left -= end - start
  }
  return windows.at(-1)?.end ?? 0
}

/**
 * `businessTimeBetween` in milliseconds since 1970.
 * @throws RangeError also when one of them is not a number, or outside the years 1000 to 8999.
 */
export function businessMsBetween(calendar: Calendar, from: number, to: number): number {
  checkInstant(from)
  checkInstant(to)
  if (to < from) throw new RangeError('business time must not end before it starts')
  const [first, last] = [spanAt(from), spanAt(to)]
  let open =
    openBefore(calendar.span(last), to - last * spanMs) - openBefore(calendar.span(first), from - first * spanMs)
  for (let index = first; index < last && !neverOpensFrom(calendar, index); index++) open += calendar.open(index)
  return open
}

/** The open time of a span before a moment, in milliseconds since the span began. */
function openBefore({ starts, ends, before }: Span, moment: number): number {
  const index = lastBelow(starts, moment)
  if (index < 0) return 0
  return (before.numbers[index] ?? 0) + Math.min(moment, ends[index] ?? 0) - (starts.numbers[index] ?? 0)
}

/** The last window that has begun at an instant: its index in its span is -1 when none has. */
function placeOf(calendar: Calendar, instant: number) {
  checkInstant(instant)
  const index = spanAt(instant)
  const since = instant - index * spanMs
  const span = calendar.span(index)
  return { index, span, since, windowIndex: lastBelow(span.starts, since + 1) }
}

function checkInstant(instant: number): void {
  if (!(instant >= instantLimits.first && instant <= instantLimits.last)) {
    throw new RangeError(`outside the years 1000 to 8999: ${instant}`)
  }
}

const epochMs = (at: Instant): number => toEpochMs(canonicalInstant(at))

const firstSpan = spanAt(instantLimits.first)

/** Whether a span ends while it is open, so that the next one continues it. */
const endsOpen = ({ ends }: Span): boolean => ends.at(-1) === spanMs

/** An instant, or undefined beyond the last one. */
const ifThereIs = (instant: number): Instant | undefined =>
  instant <= instantLimits.last ? fromEpochMs(instant) : undefined
