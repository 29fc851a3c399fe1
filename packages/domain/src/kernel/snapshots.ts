import type { Aggregate } from './decider.ts'
import type { EventStore } from './event-store.ts'
import { readInPages } from './event-store.ts'
import type { DomainEvent, Position, StreamName } from './event.ts'

/** A stream folded up to a version. */
export type Snapshot<S> = { readonly version: number; readonly state: S }

/**
 * Whether a stream that has grown from one version to another is due for a snapshot. A state grows with its stream, so
 * the distance does too: it is `every`, or between a sixteenth and an eighth of the stream. So the work on snapshots per
 * event has a bound, however long the stream is.
 */
export function isSnapshotDue(before: number, after: number, every: number): boolean {
  const step = every * 2 ** Math.max(0, Math.floor(Math.log2(after / (8 * every))))
  return Math.floor(after / step) > Math.floor(before / step)
}

/** A stream after the events behind a snapshot, with the position of its last event, and how many were read. */
export type ReadOn<S> = Snapshot<S> & { readonly position: Position | undefined; readonly events: number }

/**
 * Reads a stream from its stored snapshot on. Undefined when its aggregate has none, when there is none of its fold, or
 * when the stream does not have the event that the snapshot ends with.
 */
export async function readFromSnapshot<C, E extends DomainEvent, S>(
  store: EventStore,
  aggregate: Aggregate<C, E, S>,
  stream: StreamName,
): Promise<ReadOn<S> | undefined> {
  const { snapshots: terms } = aggregate
  const stored = terms && (await store.snapshots?.load(stream))
  if (stored?.fold !== terms?.fold || !stored) return undefined
  let state = stored.state as S
  let last: { readonly version: number; readonly position: Position } | undefined
  for await (const page of readInPages(store, stream, stored.version)) {
    for (const envelope of page) {
      if (last) state = aggregate.evolve(state, envelope.event as E)
      else if (store.comparePositions(envelope.position, stored.position) !== 0) return undefined
      last = envelope
    }
  }
  return last && { state, version: last.version, position: last.position, events: last.version - stored.version }
}

/** Stores a snapshot of a stream that has grown enough since `before`; the caller does not wait for it. */
export function keepSnapshot<C, E extends DomainEvent, S>(
  store: EventStore,
  { snapshots: terms }: Aggregate<C, E, S>,
  stream: StreamName,
  before: number,
  { version, state, position }: Snapshot<S> & { readonly position: Position | undefined },
): void {
  if (!terms || !store.snapshots || position === undefined || !isSnapshotDue(before, version, terms.every)) return
  void store.snapshots.save(stream, { version, position, fold: terms.fold, state })
}
