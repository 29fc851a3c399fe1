import type { Aggregate } from './decider.ts'
import type { EventStore } from './event-store.ts'
import { readInPages } from './event-store.ts'
import type { DomainEvent, Position, StreamName } from './event.ts'
import { LruCache } from './lru-cache.ts'
import type { ReadOn, Snapshot } from './snapshots.ts'
import { keepSnapshot, readFromSnapshot } from './snapshots.ts'

/**
 * The streams this process has folded lately, and the turns that its own commands on one stream take. It is only a
 * cache: another process may have appended to a stream, which the version check of the append detects.
 */
export type StreamCache = {
  /** The cached snapshot of a stream; the store is not read. */
  peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName): Snapshot<S>
  /** The stream as stored: the cached snapshot with the events after it applied. */
  refresh<C, E extends DomainEvent, S>(
    store: EventStore,
    aggregate: Aggregate<C, E, S>,
    stream: StreamName,
    known: Snapshot<S>,
  ): Promise<Snapshot<S>>
  /** Caches a stream's state after a successful append. */
  keep(stream: StreamName, entry: Snapshot<unknown>): void
  /** Removes a stream from the cache. */
  forget(stream: StreamName): void
  /** Runs `work` when all earlier work on the same stream in this process has ended. */
  exclusively<T>(stream: StreamName, work: () => Promise<T>): Promise<T>
}

/**
 * An empty cache of the streams used last: at most `maxStreams`, and at most `maxEvents` events together, because a
 * state grows with the events of its stream.
 */
export function createStreamCache(maxStreams = 10_000, maxEvents = 250_000): StreamCache {
  const folded = new LruCache<StreamName, Snapshot<unknown>>({
    maxEntries: maxStreams,
    maxWeight: maxEvents,
    weigh: ({ version }) => version,
  })
  const turns = createTurns()
  const keep = (stream: StreamName, entry: Snapshot<unknown>): void => {
    if (entry.version >= (folded.get(stream)?.version ?? 1)) folded.set(stream, entry)
  }

  return {
    peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName) {
      return (folded.get(stream) as Snapshot<S> | undefined) ?? { version: 0, state: aggregate.initial }
    },

    async refresh<C, E extends DomainEvent, S>(
      store: EventStore,
      aggregate: Aggregate<C, E, S>,
      stream: StreamName,
      known: Snapshot<S>,
    ) {
      const begun = known.version === 0 ? await readFromSnapshot(store, aggregate, stream) : undefined
      const read = begun ?? (await readOn(store, aggregate, stream, known))
      const { version, state, events } = read
      keepSnapshot(store, aggregate, stream, version - events, read)
      const entry = { version, state }
      keep(stream, entry)
      return entry
    },

    keep,

    forget: (stream) => folded.delete(stream),

    exclusively: turns.take,
  }
}

/** A stream as stored: a snapshot with the events after it applied. */
async function readOn<C, E extends DomainEvent, S>(
  store: EventStore,
  aggregate: Aggregate<C, E, S>,
  stream: StreamName,
  known: Snapshot<S>,
): Promise<ReadOn<S>> {
  let { state, version } = known
  let position: Position | undefined
  for await (const page of readInPages(store, stream, known.version + 1)) {
    for (const envelope of page) state = aggregate.evolve(state, envelope.event as E)
    version = page.at(-1)?.version ?? version
    position = page.at(-1)?.position
  }
  return { state, version, position, events: version - known.version }
}

/** Work of which no two pieces for the same stream run at once. */
type Turns = {
  /** Runs `work` when all earlier work for the stream has ended. */
  take<T>(stream: string, work: () => Promise<T>): Promise<T>
  /** Resolves when no work is left. */
  idle(): Promise<void>
}

/** Turns within this process: different streams run side by side, and failed work does not stop the next. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    async take(stream, work) {
      const before = last.get(stream)
      const turn = before ? before.then(work, work) : work()
      last.set(stream, turn)
      try {
        return await turn
      } finally {
        if (last.get(stream) === turn) last.delete(stream)
      }
    },
    async idle() {
      while (last.size > 0) await Promise.allSettled(last.values())
    },
  }
}
