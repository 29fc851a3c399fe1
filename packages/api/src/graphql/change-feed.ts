import type { EventEnvelope, EventStore, StreamName } from '@guichet/domain'
import { subscribe } from '@guichet/eventstore'
import { addListener } from '../live/listeners.ts'
import type { ChangeFeed, Listener } from './services.ts'

type Reading = { readonly stop: AbortController; readonly started: Promise<void> }

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
  let reading: Reading | undefined

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

  const read = (): Reading => {
    const stop = new AbortController()
    const started = store.head().then((after) => {
      const signal = AbortSignal.any([stop.signal, closing])
      void subscribe(store, { after, signal, onBatch: pass, onError }).catch(onError)
    })
    return { stop, started }
  }

  /** Starts to read for the first listener, and stops after the last. */
  const joined = async (leave: () => void): Promise<() => void> => {
    const left = (): void => {
      leave()
      if (listeners.size + byStream.size > 0) return
      reading?.stop.abort()
      reading = undefined
    }
    try {
      await (reading ??= read()).started
    } catch (error) {
      left()
      throw error
    }
    return left
  }

  return {
    listen: (listener) => {
      listeners.add(listener)
      return joined(() => void listeners.delete(listener))
    },
    follow: (stream, listener) => joined(addListener(byStream, stream, listener)),
  }
}
