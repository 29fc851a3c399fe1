import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Listening } from './listening.ts'
import { startListening } from './listening.ts'

const notifyEveryMs = 25

/** Notifies readers in this process and in others that there may be new events, or other rows. It is only a hint. */
type WakeUp = {
  /** Wakes this process's readers now, and soon those of other processes. */
  appended(): void
  subscribe(wake: () => void): () => void
  close(): Promise<void>
}

/**
 * Wakes readers by `notify`, which is sent after and outside of the appending transactions: inside, it would serialise
 * all commits of the server. The first notification is sent at once, the next one after at least 25 ms. The listening
 * connection is opened for the first subscriber and reconnects for ever.
 */
export function createWakeUp(pool: Pool, channel: string): WakeUp {
  const wakers = new Set<() => void>()
  const self = randomUUID()
  let pending: NodeJS.Timeout | undefined
  let notifiedAt = -Infinity
  let listening: Listening | undefined
  let closed = false

  const wakeAll = (): void => {
    for (const wake of wakers) queueMicrotask(wake)
  }

  const notify = async (): Promise<void> => {
    pending = undefined
    notifiedAt = performance.now()
    await pool.query('select pg_notify($1, $2)', [channel, self]).catch(() => undefined)
  }

  const listen = (): Listening =>
    startListening({
      connection: { ...pool.options, password: pool.options.password },
      channel,
      onNotification: (payload) => {
        if (payload !== self) wakeAll()
      },
      onListening: wakeAll,
    })

  return {
    appended() {
      wakeAll()
      if (closed || pending) return
      const pause = notifiedAt + notifyEveryMs - performance.now()
      if (pause <= 0) void notify()
      else pending = setTimeout(() => void notify(), pause)
    },
    subscribe(wake) {
      const waker = (): void => wake()
      wakers.add(waker)
      if (!closed) listening ??= listen()
      return () => void wakers.delete(waker)
    },
    async close() {
      closed = true
      wakers.clear()
      if (pending) {
        clearTimeout(pending)
        await notify()
      }
      await listening?.close()
    },
  }
}
