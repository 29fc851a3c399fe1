import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EphemeralBus } from '@guichet/domain'
import { busMessage, busSubscribers } from '@guichet/domain'
import { startListening } from '../postgres/listening.ts'
import { openPool } from '../postgres/pool.ts'

export type PostgresBusOptions = {
  /** A database that all processes of the desk share. A pooler that hands out connections per transaction does not work. */
  readonly connectionString: string
  /** The channel of the desk, a plain identifier; `guichet_ephemeral` by default. */
  readonly channel?: string
  /** Messages are sent to other processes in batches with this pause, in milliseconds; 25 by default. */
  readonly batchMs?: number
  /** Called when messages could not be sent, which are then lost. */
  readonly onError?: (error: unknown) => void
}

/** The payload of a notification is shorter than this, in bytes: the limit of Postgres. */
const longestNotification = 8_000

/** The longest head of a notification with its brackets, in bytes, and the most messages in one. */
const longestHead = 100
const mostTogether = 1_000

/** The most messages that wait to be sent; the oldest are dropped beyond that. */
const mostWaiting = 10_000

/** A notification: the process that sent it, its number, since Postgres drops equal ones of a transaction, and its messages. */
const notificationSchema = z.tuple([
  z.string().max(100),
  z.number(),
  z.array(z.tuple([z.string().max(1_000), z.unknown()])).max(mostTogether),
])

/**
 * A bus over notifications of Postgres: one channel, and two connections per process, one that listens and one that sends. The messages of a
 * batch go out together, after and outside of every transaction that appends, in a commit that does not wait for the disk. While the
 * database is away messages reach this process only.
 */
export function postgresBus(options: PostgresBusOptions): EphemeralBus {
  const { connectionString, channel = 'guichet_ephemeral', batchMs = 25, onError = () => undefined } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) throw new RangeError(`${channel} is no plain identifier`)
  const pool = openPool({ connectionString, maxConnections: 1, waitsForDisk: false })
  const { subscribe, deliver } = busSubscribers()
  const self = randomUUID()
  const announcers = new Set<() => void>()
  let connected = false
  let waiting = new Map<string, string>()
  let published = 0
  let sent = 0
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let sentAt = -Infinity
  let closed = false

  const listening = startListening({
    connection: { connectionString },
    channel,
    onNotification: (text) => {
      const parsed = notificationSchema.safeParse(jsonOf(text))
      if (!parsed.success || parsed.data[0] === self) return
      for (const [topic, payload] of parsed.data[2]) deliver(topic, payload)
    },
    onListening: () => {
      connected = true
      for (const announce of announcers) queueMicrotask(announce)
    },
    onLost: () => (connected = false),
  })

  const send = async (): Promise<void> => {
    timer = undefined
    sentAt = performance.now()
    const batch = [...waiting.values()]
    waiting = new Map()
    try {
      await pool.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
        channel,
        notificationsOf(batch, () => `"${self}",${sent++}`),
      ])
    } catch (error) {
      onError(error)
    }
    sending = undefined
    schedule()
  }
  const schedule = (): void => {
    if (sending || timer || waiting.size === 0) return
    const start = (): void => void (sending = send())
    timer = setTimeout(start, Math.max(0, sentAt + batchMs - performance.now()))
  }

  return {
    publish: (topic, payload, key) => {
      const message = busMessage(topic, payload)
      if (closed) return
      deliver(topic, (JSON.parse(message) as unknown[])[1])
      const name = key === undefined ? `${published++}` : JSON.stringify([topic, key])
      waiting.delete(name)
      waiting.set(name, message)
      if (waiting.size > mostWaiting) for (const oldest of [...waiting.keys()].slice(0, 1)) waiting.delete(oldest)
      schedule()
    },
    subscribe,
    onConnected: (announce) => {
      const own = (): void => announce()
      announcers.add(own)
      if (connected) queueMicrotask(own)
      return () => void announcers.delete(own)
    },
    isConnected: () => connected,
    close: async () => {
      closed = true
      clearTimeout(timer)
      await sending
      if (waiting.size > 0) await send()
      await listening.close()
      await pool.end()
    },
  }
}

/** Packs messages into as few notifications as their length allows, each with the next head. */
function notificationsOf(messages: readonly string[], nextHead: () => string): readonly string[] {
  const notifications: string[] = []
  let batch: string[] = []
  let bytes = longestHead
  const close = (): void => {
    if (batch.length > 0) notifications.push(`[${nextHead()},[${batch.join(',')}]]`)
    batch = []
    bytes = longestHead
  }
  for (const message of messages) {
    const more = Buffer.byteLength(message) + 1
    if (bytes + more >= longestNotification || batch.length === mostTogether) close()
    batch.push(message)
    bytes += more
  }
  close()
  return notifications
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
