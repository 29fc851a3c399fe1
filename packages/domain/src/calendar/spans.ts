import { LruCache } from '../kernel/lru-cache.ts'
import { days, instantLimits } from '../kernel/time.ts'
import type { Window } from './calendar.ts'

/**
 * Time is divided into spans of 27 weeks. 773 spans are the 400 years after which dates and weekdays repeat: where only
 * the week and the rules of a time zone still apply, a span equals the 773rd before it.
 */
export const spanMs = days(27 * 7)

const spansOf400Years = 773

/** The span of an instant; both in milliseconds since 1970. */
export const spanAt = (instant: number): number => Math.floor(instant / spanMs)

/** The span of the last instant. */
export const lastSpan = spanAt(instantLimits.last)

/** The open windows of one span, half open, disjoint and ascending; in milliseconds since it began. */
export type Span = {
  readonly starts: Ascending
  readonly ends: Float64Array
  /** Open milliseconds of the span before each window. */
  readonly before: Ascending
  /** Open milliseconds of the whole span. */
  readonly open: number
}

/** Compiled opening hours: made by `compileCalendar` and `unionOf`, and taken by every function of business time. */
export type Calendar = {
  /** The open windows of a span. */
  readonly span: (index: number) => Span
  /** The open milliseconds of a span. */
  readonly open: (index: number) => number
  /** From this span on each equals the 773rd before it. */
  readonly regularFrom: number
  /**
   * The open windows that start on a local date, given in days since 1970; in milliseconds since 1970. Joined calendars
   * have none.
   */
  readonly dates?: (date: number) => readonly Window[]
}

/**
 * The last span to search from one on: what has not occurred by then never does, because a span holds every day of the
 * week that repeats from `regularFrom` on.
 */
export const lastToAsk = ({ regularFrom }: Calendar, from: number): number =>
  Math.min(lastSpan, Math.max(from + 1, regularFrom))

/** Whether nothing opens from a span on. */
export const neverOpensFrom = ({ regularFrom, open }: Calendar, index: number): boolean =>
  index >= regularFrom && open(index) === 0

/** The first span to search from one backwards. */
export const firstToAsk = (from: number): number => Math.max(spanAt(instantLimits.first), from - spansOf400Years)

/** How many spans a calendar caches: 66 years, at most some 12 KB a year where there are breaks. */
const cachedSpans = 128

/** A calendar whose spans are computed on first use. */
export function calendarOf(regularFrom: number, work: (index: number) => Span): Calendar {
  const cache = new LruCache<number, Span>({ maxEntries: cachedSpans })
  const sums = new Map<number, number>()
  const same = (index: number): number =>
    index < regularFrom ? index : regularFrom + ((index - regularFrom) % spansOf400Years)
  const span = (index: number): Span => {
    const entry = cache.get(same(index))
    if (entry) return entry
    const worked = work(same(index))
    cache.set(same(index), worked)
    sums.set(same(index), worked.open)
    return worked
  }
  return { span, open: (index) => sums.get(same(index)) ?? span(index).open, regularFrom }
}

/** A span from its ascending windows, in milliseconds since 1970; parts outside the span are cut off. */
export function spanOf(index: number, windows: readonly { readonly start: number; readonly end: number }[]): Span {
  const from = index * spanMs
  const inside: { start: number; end: number }[] = []
  for (const window of windows) {
    const start = Math.max(0, window.start - from)
    const end = Math.min(spanMs, window.end - from)
    const last = inside.at(-1)
    if (start >= end) continue
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else inside.push({ start, end })
  }
  const before = new Float64Array(inside.length)
  let open = 0
  for (const [windowIndex, { start, end }] of inside.entries()) {
    before[windowIndex] = open
    open += end - start
  }
  return {
    starts: ascending(
      Float64Array.from(inside, ({ start }) => start),
      spanMs,
    ),
    ends: Float64Array.from(inside, ({ end }) => end),
    before: ascending(before, open),
    open,
  }
}

/**
 * Ascending numbers from 0 up to a bound, with an index for constant-time search: there are as many equal steps towards
 * the bound as numbers, and the index has the place where each step begins.
 */
type Ascending = {
  readonly numbers: Float64Array
  readonly stepsPerUnit: number
  readonly places: Int32Array
}

/** Builds the index of ascending numbers, to search for values from 0 to a bound. */
function ascending(numbers: Float64Array, bound: number): Ascending {
  const stepsPerUnit = bound > 0 ? numbers.length / bound : 0
  const places = new Int32Array(numbers.length + 1)
  let index = -1
  for (let step = 0; step < places.length; step++) {
    while ((numbers[index + 1] ?? Infinity) * stepsPerUnit < step) index++
    places[step] = index
  }
  return { numbers, stepsPerUnit, places }
}

/** The index of the last number that is less than a value between 0 and the bound; -1 when none is. */
export function lastBelow({ numbers, stepsPerUnit, places }: Ascending, value: number): number {
  let index = places[Math.floor(value * stepsPerUnit)] ?? -1
  while ((numbers[index + 1] ?? Infinity) < value) index++
  return index
}
