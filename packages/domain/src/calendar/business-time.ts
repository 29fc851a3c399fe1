import { fromEpochMs, toEpochMs } from '../kernel/epoch-ms.ts'
import type { Instant } from '../kernel/instant.ts'
import { instantLimits } from '../kernel/instant.ts'
import { lastBelow } from './ascending.ts'
import type { Calendar, Span } from './spans.ts'
import { lastSpan, lastToAsk, spanAt, spanMs } from './spans.ts'

/**
 * The instant at which so much business time has run out since another. Time that runs out exactly at closing is due at
 * closing; no time at all is due at once, be it open or not.
 * @param milliseconds elapsed business time, whatever the clocks do meanwhile; fractions are dropped.
 * @returns the last millisecond of the year 8999 where it does not run out before.
 * @throws RangeError when the time is negative or no number.
 */
export const addBusinessTime = (calendar: Calendar, from: Instant, milliseconds: number): Instant =>
  fromEpochMs(addBusinessMs(calendar, toEpochMs(from), milliseconds))

/**
 * The business time between two instants, in elapsed milliseconds.
 * @throws RangeError when the end is before the start.
 */
export const businessTimeBetween = (calendar: Calendar, from: Instant, to: Instant): number =>
  businessMsBetween(calendar, toEpochMs(from), toEpochMs(to))

/** Whether it is open at an instant: from the opening on, and no longer at the closing. */
export const isOpen = (calendar: Calendar, at: Instant): boolean => {
  const { span, place, since } = placeOf(calendar, toEpochMs(at))
  return since < (span.ends[place] ?? 0)
}

/** The first instant from `at` on at which it is open: `at` itself when it is; undefined when it never opens again. */
export function nextOpening(calendar: Calendar, at: Instant): Instant | undefined {
  if (isOpen(calendar, at)) return at
  const { index, span, place } = placeOf(calendar, toEpochMs(at))
  const today = span.starts.numbers[place + 1]
  if (today !== undefined) return ifThereIs(index * spanMs + today)
  for (let next = index + 1; next <= lastToAsk(calendar, index); next++) {
    if (calendar.open(next) > 0) return ifThereIs(next * spanMs + (calendar.span(next).starts.numbers[0] ?? 0))
  }
  return undefined
}

/** When what is open at `at` closes; undefined when it is closed then, or never closes again. */
export function closesAt(calendar: Calendar, at: Instant): Instant | undefined {
  if (!isOpen(calendar, at)) return undefined
  const { index, span, place } = placeOf(calendar, toEpochMs(at))
  let end = span.ends[place] ?? 0
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
 * @throws RangeError also when `from` is no number, or outside the years 1000 to 8999.
 */
export function addBusinessMs(calendar: Calendar, from: number, milliseconds: number): number {
  if (!(milliseconds >= 0)) throw new RangeError(`business time to add must not be negative: ${milliseconds}`)
  checkInstant(from)
  if (milliseconds === 0) return from
  let index = spanAt(from)
  let wanted = milliseconds + openBefore(calendar.span(index), from - index * spanMs)
  for (let open = calendar.open(index); wanted > open; open = calendar.open(index)) {
    wanted -= open
    index++
    if (index > lastSpan) return instantLimits.last
  }
  const { starts, before } = calendar.span(index)
  const place = lastBelow(before, wanted)
  const due = index * spanMs + (starts.numbers[place] ?? 0) + wanted - (before.numbers[place] ?? 0)
  return Math.min(Math.floor(due), instantLimits.last)
}

/**
 * `businessTimeBetween` in milliseconds since 1970.
 * @throws RangeError also when one of them is no number, or outside the years 1000 to 8999.
 */
export function businessMsBetween(calendar: Calendar, from: number, to: number): number {
  checkInstant(from)
  checkInstant(to)
  if (to < from) throw new RangeError('business time must not end before it starts')
  const [first, last] = [spanAt(from), spanAt(to)]
  let open =
    openBefore(calendar.span(last), to - last * spanMs) - openBefore(calendar.span(first), from - first * spanMs)
  for (let index = first; index < last; index++) open += calendar.open(index)
  return open
}

/** How long a span is open before a moment of it, in milliseconds since it began. */
function openBefore({ starts, ends, before }: Span, moment: number): number {
  const place = lastBelow(starts, moment)
  if (place < 0) return 0
  return (before.numbers[place] ?? 0) + Math.min(moment, ends[place] ?? 0) - (starts.numbers[place] ?? 0)
}

/** The last window that has begun at an instant: its place in its span is -1 where none has. */
function placeOf(calendar: Calendar, instant: number) {
  checkInstant(instant)
  const index = spanAt(instant)
  const since = instant - index * spanMs
  const span = calendar.span(index)
  return { index, span, since, place: lastBelow(span.starts, since + 1) }
}

function checkInstant(instant: number): void {
  if (!(instant >= instantLimits.first && instant <= instantLimits.last)) {
    throw new RangeError(`outside the years 1000 to 8999: ${instant}`)
  }
}

/** An instant, unless it lies past the last one. */
const ifThereIs = (instant: number): Instant | undefined =>
  instant <= instantLimits.last ? fromEpochMs(instant) : undefined
