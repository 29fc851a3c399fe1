import { LruCache } from '../kernel/lru-cache.ts'
import { days, instantLimits } from '../kernel/time.ts'
import type { Window } from './calendar.ts'

/**
 * Time in spans of 27 weeks. Of these, 773 make up the 400 years after which dates and weekdays repeat, so that where
 * nothing but the week and the rules of a time zone counts any more, a span is like the 773rd before it.
 */
export const spanMs = days(27 * 7)

const spansOf400Years = 773

/** The span an instant lies in; both in milliseconds since 1970. */
export const spanAt = (instant: number): number => Math.floor(instant / spanMs)

/** The span in which the last instant lies. */
export const lastSpan = spanAt(instantLimits.last)

/** The open windows of one span, half open, apart from one another and ascending; in milliseconds since it began. */
export type Span = {
  readonly starts: Ascending
  readonly ends: Float64Array
  /** Milliseconds open in the span before each window. */
  readonly before: Ascending
  /** Milliseconds open in the whole span. */
  readonly open: number
}

/** When somebody works: what `compileCalendar` and `unionOf` make, and every question about business time takes. */
export type Calendar = {
  /** The open windows of a span. */
  readonly span: (index: number) => Span
  /** The milliseconds that a span is open. */
  readonly open: (index: number) => number
  /** From this span on each is like the 773rd before it. */
  readonly regularFrom: number
  /** The open windows that start on a local date, which is counted in days since 1970, in milliseconds since 1970; joined calendars have none. */
  readonly dates?: (date: number) => readonly Window[]
}

/**
 * The last span that has to be looked at from one on: what has not happened by then never does, since a span holds every day of the week that
 * repeats from `regularFrom` on.
 */
export const lastToAsk = ({ regularFrom }: Calendar, from: number): number =>
  Math.min(lastSpan, Math.max(from + 1, regularFrom))

/** Whether nothing opens any more from a span on. */
export const neverOpensFrom = ({ regularFrom, open }: Calendar, index: number): boolean =>
  index >= regularFrom && open(index) === 0

/** The first span that has to be looked at from one backwards. */
export const firstToAsk = (from: number): number => Math.max(spanAt(instantLimits.first), from - spansOf400Years)

/** How many spans a calendar keeps in memory: 66 years, at most some 12 KB a year where there are breaks. */
const keptSpans = 128

/** A calendar of spans that are worked out when they are first asked for. */
export function calendarOf(regularFrom: number, work: (index: number) => Span): Calendar {
  const kept = new LruCache<number, Span>({ maxEntries: keptSpans })
  const sums = new Map<number, number>()
  const same = (index: number): number =>
    index < regularFrom ? index : regularFrom + ((index - regularFrom) % spansOf400Years)
  const span = (index: number): Span => {
    const known = kept.get(same(index))
    if (known) return known
    const worked = work(same(index))
    kept.set(same(index), worked)
    sums.set(same(index), worked.open)
    return worked
  }
  return { span, open: (index) => sums.get(same(index)) ?? span(index).open, regularFrom }
}

/** A span from its windows, in milliseconds since 1970, which are ascending; what lies outside of it is cut off. */
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
  for (const [place, { start, end }] of inside.entries()) {
    before[place] = open
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
 * Ascending numbers from 0 up to a bound, in which a place is found at once: for each of as many equal steps towards the bound as
 * there are numbers it is known where to look.
 */
type Ascending = {
  readonly numbers: Float64Array
  readonly stepsPerUnit: number
  readonly places: Int32Array
}

/** Ascending numbers, ready to be searched for values from 0 to a bound. */
function ascending(numbers: Float64Array, bound: number): Ascending {
  const stepsPerUnit = bound > 0 ? numbers.length / bound : 0
  const places = new Int32Array(numbers.length + 1)
  let place = -1
  for (let step = 0; step < places.length; step++) {
    while ((numbers[place + 1] ?? Infinity) * stepsPerUnit < step) place++
    places[step] = place
  }
  return { numbers, stepsPerUnit, places }
}

/** The place of the last number that is less than a value between 0 and the bound; -1 when none is. */
export function lastBelow({ numbers, stepsPerUnit, places }: Ascending, value: number): number {
  let place = places[Math.floor(value * stepsPerUnit)] ?? -1
  while ((numbers[place + 1] ?? Infinity) < value) place++
  return place
}
