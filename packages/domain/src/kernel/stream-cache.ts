import type { Aggregate } from './decider.ts'
import type { EventStore, LogObservation, LogTail } from './event-store.ts'
import { readInPages } from './event-store.ts'
import type { DomainEvent, EventEnvelope, Position, StreamName } from './event.ts'
import { LruCache } from './lru-cache.ts'
import type { ReadOn, Snapshot } from './snapshots.ts'
import { keepSnapshot, readFromSnapshot } from './snapshots.ts'

/**
 * The streams this process has folded lately, and the turns that its own commands on one stream take. It is only a
 * cache: another process may have appended to a stream, which the version check of the append detects. Where the
 * process follows the log, the cached streams follow it too.
 */
export type StreamCache = {
  /** The cached snapshot of a stream; the store is not read. */
  peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName): Snapshot<S>
  /** The cached snapshot of a stream, if it is current: what other processes have appended until shortly before now is in it. */
  current<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName): Snapshot<S> | undefined
  /** The stream as stored: the cached snapshot with the events after it applied. */
  refresh<C, E extends DomainEvent, S>(
    store: EventStore,
    aggregate: Aggregate<C, E, S>,
    stream: StreamName,
    snapshot: Snapshot<S>,
  ): Promise<Snapshot<S>>
  /** Caches a stream's state after a successful append. */
  keep(stream: StreamName, entry: Snapshot<unknown>): void
  /** Removes a stream from the cache. */
  forget(stream: StreamName): void
  /** Runs `work` when all earlier work on the same stream in this process has ended. */
  exclusively<T>(stream: StreamName, work: () => Promise<T>): Promise<T>
  /**
   * Keeps the cached streams current with the log, until the observation is stopped.
   * @param aggregateOf the aggregate of a stream.
   * @param begins whether a stream that is not cached is cached from its first event on.
   */
  follow(
    tail: LogTail,
    aggregateOf: (stream: StreamName) => Aggregate<never, DomainEvent, unknown> | undefined,
    begins: (stream: StreamName) => boolean,
  ): LogObservation
}

/** A snapshot that follows the log since the observation of that number; 0 for one that follows none. */
type CachedSnapshot = Snapshot<unknown> & { readonly since: number }

/** A stream that is being read or written, and the last version of it that was observed meanwhile. */
type UnderWay = { readonly since: number; works: number; observed: number }

/**
 * An empty cache of the streams used last: at most `maxStreams`, and at most `maxEvents` events together, because a
 * state grows with the events of its stream.
 */
export function createStreamCache(maxStreams = 10_000, maxEvents = 250_000): StreamCache {
  const folded = new LruCache<StreamName, CachedSnapshot>({
    maxEntries: maxStreams,
    maxWeight: maxEvents,
    weigh: ({ version }) => Math.max(1, version),
  })
  const turns = createTurns()
  const underWay = new Map<StreamName, UnderWay>()
  let observation = 0
  let followed: LogObservation | undefined

  /** What is observed of a stream while it is read or written may be missing in the outcome. */
  const during = async <T>(stream: StreamName, work: () => Promise<T>): Promise<T> => {
    const one = underWay.get(stream) ?? { since: observation, works: 0, observed: 0 }
    one.works++
    underWay.set(stream, one)
    try {
      return await work()
    } finally {
      one.works--
      if (one.works === 0) underWay.delete(stream)
    }
  }
  const keep = (stream: StreamName, { version, state }: Snapshot<unknown>): void => {
    const cached = folded.get(stream)
    if (version < (cached?.version ?? 0)) return
    const one = underWay.get(stream)
    const follows = observation > 0 && one?.since === observation && one.observed <= version
    if (version === 0 && !follows) return
    const before = version === cached?.version ? cached.since : 0
    folded.set(stream, { version, state, since: follows ? observation : before })
  }
  const observe = (
    { stream, version, event }: EventEnvelope,
    aggregateOf: (stream: StreamName) => Aggregate<never, DomainEvent, unknown> | undefined,
    begins: (stream: StreamName) => boolean,
  ): void => {
    const one = underWay.get(stream)
    if (one) one.observed = Math.max(one.observed, version)
    const cached = folded.get(stream)
    if (cached ? cached.version >= version : version !== 1 || !begins(stream)) return
    const aggregate = cached && cached.version + 1 !== version ? undefined : aggregateOf(stream)
    if (!aggregate) return folded.delete(stream)
    try {
      const { state, since } = cached ?? { state: aggregate.initial, since: observation }
      folded.set(stream, { version, state: aggregate.evolve(state, event), since })
    } catch {
      // Whoever reads the stream gets the error.
      folded.delete(stream)
    }
  }

  return {
    peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName) {
      return (folded.get(stream) as Snapshot<S> | undefined) ?? { version: 0, state: aggregate.initial }
    },

    current<C, E extends DomainEvent, S>(_: Aggregate<C, E, S>, stream: StreamName) {
      const cached = folded.get(stream)
      const follows = cached !== undefined && cached.since > 0 && cached.since === observation
      return follows && followed?.isCurrent() ? (cached as Snapshot<S>) : undefined
    },

    refresh<C, E extends DomainEvent, S>(
      store: EventStore,
      aggregate: Aggregate<C, E, S>,
      stream: StreamName,
      snapshot: Snapshot<S>,
    ) {
      return during(stream, async () => {
        const fromSnapshot = snapshot.version === 0 ? await readFromSnapshot(store, aggregate, stream) : undefined
        const read = fromSnapshot ?? (await readOn(store, aggregate, stream, snapshot))
        const { version, state, events } = read
        keepSnapshot(store, aggregate, stream, version - events, read)
        const entry = { version, state }
        keep(stream, entry)
        return entry
      })
    },

    keep,

    forget: (stream) => folded.delete(stream),

    exclusively: (stream, work) => turns.take(stream, () => during(stream, work)),

    follow: (tail, aggregateOf, begins) => {
      const observing = tail.observe({
        began: () => {
          observation++
        },
        observed: (events) => {
          for (const envelope of events) observe(envelope, aggregateOf, begins)
        },
      })
      followed = observing
      return {
        isCurrent: observing.isCurrent,
        stop: () => {
          if (followed === observing) followed = undefined
          observing.stop()
        },
      }
    },
  }
}

/** A stream as stored: a snapshot with the events after it applied. */
async function readOn<C, E extends DomainEvent, S>(
  store: EventStore,
  aggregate: Aggregate<C, E, S>,
  stream: StreamName,
  snapshot: Snapshot<S>,
): Promise<ReadOn<S>> {
  let { state, version } = snapshot
  let position: Position | undefined
  for await (const page of readInPages(store, stream, snapshot.version + 1)) {
    for (const envelope of page) state = aggregate.evolve(state, envelope.event as E)
    version = page.at(-1)?.version ?? version
    position = page.at(-1)?.position
  }
  return { state, version, position, events: version - snapshot.version }
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
