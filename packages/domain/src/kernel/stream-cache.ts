import type { Aggregate } from './decider.ts'
import type { DomainEvent, StreamName } from './event.ts'
import type { EventStore } from './event-store.ts'

/** A stream folded up to a version. */
export type Folded<S> = { readonly version: number; readonly state: S }

/**
 * The streams this process has folded lately, and the order in which its own commands on one stream take turns.
 * A cache only: another process may have moved a stream on, which the version check of the append finds out.
 */
export type StreamCache = ReturnType<typeof createStreamCache>

export function createStreamCache(maxStreams = 10_000) {
  const folded = new Map<StreamName, Folded<unknown>>()
  const turns = new Map<StreamName, Promise<unknown>>()

  const keep = (stream: StreamName, entry: Folded<unknown>): void => {
    folded.delete(stream)
    folded.set(stream, entry)
    if (folded.size > maxStreams) {
      const oldest = folded.keys().next()
      if (!oldest.done) folded.delete(oldest.value)
    }
  }

  const refresh = async <C, E extends DomainEvent, S>(
    store: EventStore,
    aggregate: Aggregate<C, E, S>,
    stream: StreamName,
    from: Folded<S>,
  ): Promise<Folded<S>> => {
    const envelopes = await store.readStream(stream, from.version + 1)
    let { state, version } = from
    for (const envelope of envelopes) {
      state = aggregate.evolve(state, envelope.event as E)
      version = envelope.version
    }
    const entry = { version, state }
    if (version > 0) keep(stream, entry)
    return entry
  }

  return {
    /** The stream as far as it is known without asking the store, or else as stored; `current` tells which. */
    async open<C, E extends DomainEvent, S>(
      store: EventStore,
      aggregate: Aggregate<C, E, S>,
      stream: StreamName,
      command: C,
    ): Promise<{ known: Folded<S>; current: boolean }> {
      const known = this.peek(aggregate, stream)
      if (known.version > 0 || aggregate.creates?.(command)) return { known, current: false }
      return { known: await refresh(store, aggregate, stream, known), current: true }
    },

    refresh,

    /** As far as the stream is known without asking the store. */
    peek<C, E extends DomainEvent, S>(aggregate: Aggregate<C, E, S>, stream: StreamName): Folded<S> {
      return (folded.get(stream) as Folded<S> | undefined) ?? { version: 0, state: aggregate.initial }
    },

    /** Folds the events of a successful append onto what was known before it. */
    advance<C, E extends DomainEvent, S>(
      aggregate: Aggregate<C, E, S>,
      stream: StreamName,
      known: Folded<S>,
      events: readonly E[],
    ): void {
      let { state } = known
      for (const event of events) state = aggregate.evolve(state, event)
      keep(stream, { version: known.version + events.length, state })
    },

    forget(stream: StreamName): void {
      folded.delete(stream)
    },

    /** Runs `work` when every earlier work on the same stream in this process has ended. */
    async exclusively<T>(stream: StreamName, work: () => Promise<T>): Promise<T> {
      const before = turns.get(stream)
      const turn = before ? before.then(work, work) : work()
      turns.set(stream, turn)
      try {
        return await turn
      } finally {
        if (turns.get(stream) === turn) turns.delete(stream)
      }
    },
  }
}
