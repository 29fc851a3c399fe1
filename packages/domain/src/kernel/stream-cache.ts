import type { Aggregate } from './decider.ts'
import type { EventStore } from './event-store.ts'
import { readInPages } from './event-store.ts'
import type { DomainEvent, StreamName } from './event.ts'
import { LruCache } from './lru-cache.ts'

/** A stream folded up to a version. */
export type Snapshot<S> = { readonly version: number; readonly state: S }

/**
 * The streams this process has folded lately, and the order in which its own commands on one stream take turns.
 * A cache only: another process may have moved a stream on, which the version check of the append finds out.
 */
export type StreamCache = {
  /** As far as the stream is known without asking the store. */
  peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName): Snapshot<S>
  /** The stream as stored, read on from where it is known. */
  refresh<C, E extends DomainEvent, S>(
    store: EventStore,
    aggregate: Aggregate<C, E, S>,
    stream: StreamName,
    known: Snapshot<S>,
  ): Promise<Snapshot<S>>
  /** Remembers a stream as a successful append has left it. */
  keep(stream: StreamName, entry: Snapshot<unknown>): void
  /** Drops what is known of a stream. */
  forget(stream: StreamName): void
  /** Runs `work` when every earlier work on the same stream in this process has ended. */
  exclusively<T>(stream: StreamName, work: () => Promise<T>): Promise<T>
}

/**
 * An empty cache that holds the streams used last: `maxStreams` at the most, and with `maxEvents` events together, for a state
 * grows with what has happened on its stream.
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
      let { state, version } = known
      for await (const page of readInPages(store, stream, known.version + 1)) {
        for (const envelope of page) state = aggregate.evolve(state, envelope.event as E)
        version = page.at(-1)?.version ?? version
      }
      const entry = { version, state }
      keep(stream, entry)
      return entry
    },

    keep,

    forget: (stream) => folded.delete(stream),

    exclusively: turns.take,
  }
}

/** Work of which no two pieces for the same stream run at once. */
type Turns = {
  /** Runs `work` when every earlier work for the stream has ended. */
  take<T>(stream: string, work: () => Promise<T>): Promise<T>
  /** Resolves when no work is left. */
  idle(): Promise<void>
}

/** Turns within this process: different streams run side by side, and work that fails lets the next piece run all the same. */
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
