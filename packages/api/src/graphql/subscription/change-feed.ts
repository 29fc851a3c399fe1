import type { EventEnvelope, EventStore } from '@guichet/domain'
import { subscribe } from '@guichet/eventstore'

/** Hears of events in global order as they become readable. */
export type Listener = (events: readonly EventEnvelope[]) => void

/** One reader of the store's global order for all subscriptions of this process; it reads only while somebody listens. */
export type ChangeFeed = {
  /** Hears of every event that becomes readable from now on, until the returned function is called. */
  listen(listener: Listener): Promise<() => void>
}

/** Failing reads are tried again by the subscription itself; `onError` hears of them. `closing` ends the feed. */
export function createChangeFeed(
  store: EventStore,
  closing: AbortSignal,
  onError: (error: unknown) => void,
): ChangeFeed {
  const listeners = new Set<Listener>()
  let reading: { readonly stop: AbortController; readonly started: Promise<void> } | undefined

  const read = (): { readonly stop: AbortController; readonly started: Promise<void> } => {
    const stop = new AbortController()
    const started = store.head().then((after) => {
      const signal = AbortSignal.any([stop.signal, closing])
      void subscribe(store, {
        after,
        signal,
        onBatch: (events) => {
          for (const listener of listeners) listener(events)
        },
        onError,
      }).catch(onError)
    })
    return { stop, started }
  }

  return {
    listen: async (listener) => {
      listeners.add(listener)
      reading ??= read()
      const leave = (): void => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        reading?.stop.abort()
        reading = undefined
      }
      try {
        await reading.started
      } catch (error) {
        leave()
        throw error
      }
      return leave
    },
  }
}
