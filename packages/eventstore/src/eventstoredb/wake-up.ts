import type { Connection } from './connection.ts'

const resubscribeMs = { first: 100, last: 5_000 }

/** Tells readers in this process that there may be new events. Only ever a hint. */
export type WakeUp = {
  /** Wakes readers now: this process has appended. */
  appended(): void
  subscribe(wake: () => void): () => void
  close(): Promise<void>
}

/**
 * Wakes by a subscription to all events from now on, the server's own left out. It is opened for the first reader, and again
 * for ever, with growing pauses, when the server or the network ends it; that it goes silent is found out by the keep-alive of
 * the connection.
 */
export function createWakeUp({ client, excludeSystemEvents }: Connection): WakeUp {
  const wakers = new Set<() => void>()
  let subscription: ReturnType<typeof client.subscribeToAll> | undefined
  let pending: NodeJS.Timeout | undefined
  let delayMs = resubscribeMs.first
  let closed = false

  const wakeAll = (): void => {
    for (const wake of wakers) queueMicrotask(wake)
  }

  const listen = (): void => {
    const opened = client.subscribeToAll({ fromPosition: 'end', filter: excludeSystemEvents() })
    subscription = opened
    const again = (): void => {
      if (closed || subscription !== opened) return
      subscription = undefined
      void opened.unsubscribe().catch(() => undefined)
      pending = setTimeout(listen, delayMs)
      pending.unref()
      delayMs = Math.min(2 * delayMs, resubscribeMs.last)
    }
    opened.on('error', again).on('end', again).on('close', again)
    opened.on('data', wakeAll)
    opened.on('confirmation', () => {
      delayMs = resubscribeMs.first
      wakeAll()
    })
  }

  return {
    appended: wakeAll,
    subscribe(wake) {
      const own = (): void => wake()
      wakers.add(own)
      if (!subscription && !pending && !closed) listen()
      return () => void wakers.delete(own)
    },
    async close() {
      closed = true
      wakers.clear()
      clearTimeout(pending)
      await subscription?.unsubscribe().catch(() => undefined)
    },
  }
}
