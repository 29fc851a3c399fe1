import type { EventEnvelope, EventStore, Position, ReadAll } from '@guichet/domain'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Feed } from '../feed/feed.ts'
import { consume } from '../feed/subscribe.ts'

/** A back-off for tests, in milliseconds. */
export const quickly = { first: 1, last: 5 }

/** A consumer whose rows and checkpoint are one: what a transaction would keep of it. */
export type Consumer = {
  readonly seen: EventEnvelope[]
  checkpoint: Position | undefined
  /** Dies at once: what is under way is not kept. */
  kill(): void
  readonly ended: Promise<void>
}

/** How a consumer behaves. */
export type Manner = {
  readonly types?: readonly string[]
  readonly batchSize?: number
  readonly gatherMs?: number
  /** How many turns of the event loop a batch takes. */
  readonly turns?: number
  /** How many of its first batches fail. */
  readonly failures?: number
}

/** Lets a consumer follow a feed from a position, or go on where another one has ended. */
export function start(feed: Feed, after: Position | undefined, manner: Manner = {}, before?: Consumer): Consumer {
  const dying = new AbortController()
  let { failures = 0 } = manner
  const consumer: Consumer = {
    seen: before?.seen ?? [],
    checkpoint: before?.checkpoint ?? after,
    kill: () => dying.abort(),
    ended: Promise.resolve(),
  }
  const { batchSize, types, gatherMs } = manner
  const ended = consume(feed, {
    after: consumer.checkpoint,
    ...(batchSize !== undefined && { batchSize }),
    ...(gatherMs !== undefined && { gatherMs }),
    ...(types && { types }),
    signal: dying.signal,
    retryMs: quickly,
    onBatch: async (events, to) => {
      for (let turn = manner.turns ?? 0; turn > 0; turn--) await nextTurn()
      if (failures-- > 0) throw new Error('not yet')
      if (dying.signal.aborted) return
      consumer.seen.push(...events)
      consumer.checkpoint = to
    },
  })
  return Object.assign(consumer, { ended })
}

/** The store, which counts the events that it decodes for readers of all, and can be away. */
export function watched(store: EventStore) {
  const state = { away: false, decoded: 0 }
  const answering = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (state.away) throw new Error('the store is away')
    return answer()
  }
  const readAll = async (request: ReadAll): Promise<readonly EventEnvelope[]> => {
    const events = await answering(() => store.readAll(request))
    state.decoded += events.length
    return events
  }
  return { state, store: { ...store, readAll, head: () => answering(store.head) } }
}
