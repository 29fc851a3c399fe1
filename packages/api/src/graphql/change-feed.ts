import type { EventEnvelope, EventStore, StreamName } from '@guichet/domain'
import { subscribe } from '@guichet/eventstore'
import { addListener } from '../live/listeners.ts'
import { createAudience } from './audience.ts'
import type { ChangeFeed, Listener } from './services.ts'

/**
 * Creates the feed of a process. Listeners of one stream are found by its name: an event costs the same however many
 * streams are listened to. The subscription retries failed reads and reports them to `onError`; `closing` ends the feed.
 */
export function createChangeFeed(
  store: EventStore,
  closing: AbortSignal,
  onError: (error: unknown) => void,
): ChangeFeed {
  const listeners = new Set<Listener>()
  const byStream = new Map<StreamName, Set<Listener>>()

  const pass = (events: readonly EventEnvelope[]): void => {
    for (const listener of listeners) listener(events)
    if (byStream.size === 0) return
    const grouped = new Map<StreamName, EventEnvelope[]>()
    for (const envelope of events) {
      if (!byStream.has(envelope.stream)) continue
      const ofStream = grouped.get(envelope.stream)
      if (ofStream) ofStream.push(envelope)
      else grouped.set(envelope.stream, [envelope])
    }
    for (const [stream, ofStream] of grouped) for (const listener of byStream.get(stream) ?? []) listener(ofStream)
  }

  const { join } = createAudience(async () => {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, closing])
    const after = await store.head()
    void subscribe(store, { after, signal, onBatch: pass, onError }).catch(onError)
    return () => stop.abort()
  })

  return {
    listen: (listener) => {
      listeners.add(listener)
      return join(() => void listeners.delete(listener))
    },
    follow: (stream, listener) => join(addListener(byStream, stream, listener)),
  }
}
