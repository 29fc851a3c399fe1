import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import type { Checkpoint } from './checkpoint.ts'
import { lastEventOf } from './checkpoint.ts'

/** The last events of the log: all of them after `after`, up to where it was read. */
export type Window = {
  after: Position | undefined
  readonly entries: { readonly envelope: EventEnvelope; readonly bytes: number }[]
  bytes: number
  /** How many of the entries some consumer has received, and how many bytes none has. */
  served: number
  ahead: number
  /** When the last read began, if it reached the end of the log. */
  asOf: number | undefined
}

type WindowPage = {
  readonly events: readonly EventEnvelope[]
  readonly more: boolean
  readonly asOf: number | undefined
}

type ComparePositions = (a: Position | undefined, b: Position | undefined) => number

/** How the positions of a log are compared; undefined is before all of them. */
export function comparisonIn(store: Pick<EventStore, 'comparePositions'>): ComparePositions {
  return (a, b) => {
    if (a === b) return 0
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1
    return store.comparePositions(a, b)
  }
}

/** The index in the window of the first event after a position; undefined when that event is older than the window. */
export function indexAfter(
  { after, entries }: Window,
  position: Position | undefined,
  compare: ComparePositions,
): number | undefined {
  if (compare(position, after) <= 0) return position === after ? 0 : undefined
  if (position === entries.at(-1)?.envelope.position) return entries.length
  let [from, to] = [0, entries.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (compare(entries[middle]?.envelope.position, position) <= 0) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * Takes the events from an index on, up to the first bound that is reached; at least one, if there is any. From then on
 * they count as received.
 */
export function pageFrom(window: Window, begin: number, limit: number, maxBytes: number): WindowPage {
  let end = begin
  let bytes = 0
  for (; end < window.entries.length && end - begin < limit; end++) {
    bytes += window.entries[end]?.bytes ?? 0
    if (bytes > maxBytes && end > begin) break
  }
  for (; window.served < end; window.served++) window.ahead -= window.entries[window.served]?.bytes ?? 0
  const more = end < window.entries.length
  return {
    events: window.entries.slice(begin, end).map(({ envelope }) => envelope),
    more,
    asOf: more ? undefined : window.asOf,
  }
}

/** The last event of the window, or the position at which it began; undefined when it began before the first event. */
export function checkpointOf({ after, entries }: Window): Checkpoint | undefined {
  const last = entries.at(-1)?.envelope
  if (last) return { position: last.position, last: lastEventOf(last) }
  return after === undefined ? undefined : { position: after }
}

/** The position up to which the log was read. */
export const endOf = ({ entries, after }: Window): Position | undefined => entries.at(-1)?.envelope.position ?? after

/** Adds an event that was read. */
export function add(window: Window, envelope: EventEnvelope, bytes: number): void {
  window.entries.push({ envelope, bytes })
  window.bytes += bytes
  window.ahead += bytes
}

/** Drops the oldest events beyond the bound; the last one stays. */
export function shrink(window: Window, windowBytes: number): void {
  let dropped = 0
  for (; window.bytes > windowBytes && dropped < window.entries.length - 1; dropped++) {
    window.bytes -= window.entries[dropped]?.bytes ?? 0
    if (dropped >= window.served) window.ahead -= window.entries[dropped]?.bytes ?? 0
  }
  const last = window.entries.splice(0, dropped).at(-1)
  if (!last) return
  window.after = last.envelope.position
  window.served = Math.max(0, window.served - dropped)
}
