import { pauseAfter } from '../failure/index.ts'
import type { Connection } from './connection.ts'
import type { Place } from './position.ts'
import { compare } from './position.ts'

const resubscribeMs = { first: 100, last: 5_000 }
/** How often the server says how far it has searched, which nobody here asks for: after so many windows of events. */
const searchWindows = 1_000

/** Tells readers in this process that there may be new events. Only ever a hint. */
export type WakeUp = {
  /** Wakes readers now: this process has appended, up to there. */
  appended(to: Place): void
  subscribe(wake: () => void): () => void
  close(): Promise<void>
}

/**
 * Wakes by a subscription to the events of this store from now on. It is opened for the first reader, and again
 * for ever, with growing pauses, when the server or the network ends it; that it goes silent is found out by the keep-alive of
 * the connection.
 */
export function createWakeUp({ client, names }: Connection): WakeUp {
  const wakers = new Set<() => void>()
  let subscription: ReturnType<typeof client.subscribeToAll> | undefined
  let pending: NodeJS.Timeout | undefined
  let failures = 0
  let closed = false
  let own: Place | undefined
  const filter = { filterOn: 'streamName', checkpointInterval: searchWindows, ...names.filter } as const

  const wakeAll = (): void => {
    for (const wake of wakers) queueMicrotask(wake)
  }

  const listen = (): void => {
    const opened = client.subscribeToAll({ fromPosition: 'end', filter })
    subscription = opened
    const again = (): void => {
      if (closed || subscription !== opened) return
      subscription = undefined
      void opened.unsubscribe().catch(() => undefined)
      pending = setTimeout(listen, pauseAfter(++failures, resubscribeMs))
      pending.unref()
    }
    opened.on('error', again).on('end', again).on('close', again)
    opened.on('data', ({ event }) => {
      // Of what this process appended itself, readers have heard.
      if (!own || !event || compare(event.position, own) > 0) wakeAll()
    })
    opened.on('confirmation', () => {
      failures = 0
      wakeAll()
    })
  }

  return {
    appended(to) {
      if (!own || compare(to, own) > 0) own = to
      wakeAll()
    },
    subscribe(wake) {
      const waker = (): void => wake()
      wakers.add(waker)
      if (!subscription && !pending && !closed) listen()
      return () => void wakers.delete(waker)
    },
    async close() {
      closed = true
      wakers.clear()
      clearTimeout(pending)
      await subscription?.unsubscribe().catch(() => undefined)
    },
  }
}
