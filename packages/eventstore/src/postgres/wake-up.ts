import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import pg from 'pg'
import { pauseAfter } from '../retry.ts'

const notifyEveryMs = 25
const reconnectMs = { first: 100, last: 5_000 }

/** Notifies readers in this process and in others that there may be new events. It is only a hint. */
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
  let reconnect: NodeJS.Timeout | undefined
  let listener: pg.Client | undefined
  let closed = false

  const wakeAll = (): void => {
    for (const wake of wakers) queueMicrotask(wake)
  }

  const notify = async (): Promise<void> => {
    pending = undefined
    notifiedAt = performance.now()
    await pool.query('select pg_notify($1, $2)', [channel, self]).catch(() => undefined)
  }

  const listen = async (failures: number): Promise<void> => {
    const client = new pg.Client({ ...pool.options, password: pool.options.password, keepAlive: true })
    listener = client
    const again = (): void => {
      if (closed || listener !== client) return
      listener = undefined
      void client.end().catch(() => undefined)
      reconnect = setTimeout(() => void listen(failures), pauseAfter(++failures, reconnectMs))
      reconnect.unref()
    }
    client.once('error', again).on('error', () => undefined)
    client.once('end', again)
    client.on('notification', ({ payload }) => {
      if (payload !== self) wakeAll()
    })
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      failures = 0
      wakeAll()
    } catch {
      again()
    }
  }

  return {
    appended() {
      wakeAll()
      if (closed || pending) return
      const pause = notifiedAt + notifyEveryMs - performance.now()
      if (pause <= 0) void notify()
      else pending = setTimeout(() => void notify(), pause)
    },
    subscribe(wake) {
      const own = (): void => wake()
      wakers.add(own)
      if (!listener && !reconnect && !closed) void listen(0)
      return () => void wakers.delete(own)
    },
    async close() {
      closed = true
      wakers.clear()
      clearTimeout(reconnect)
      if (pending) {
        clearTimeout(pending)
        await notify()
      }
      await listener?.end().catch(() => undefined)
    },
  }
}
