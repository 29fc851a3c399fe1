import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EphemeralBus } from '@guichet/domain'
import { busMessage, busSubscribers, longestBusMessage, LruCache } from '@guichet/domain'
import { startListening } from '../postgres/listening.ts'
import { openPool } from '../postgres/pool.ts'

/** How a bus in Postgres is opened. */
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

/** The most messages that wait to be sent, and their length in UTF-16 units; the oldest are dropped beyond that. */
const mostWaiting = 10_000
const longestWaiting = 16 * 1024 * 1024

/** The most UTF-16 units that are sent together: the transaction of a notification holds up all others. */
const longestTogether = 1024 * 1024

/** A message that is longer than a notification travels in parts of so many bytes, in base64. */
const partBytes = 5_700
const mostParts = Math.ceil(longestBusMessage / partBytes)

/** The most processes whose unfinished messages are kept. */
const mostSenders = 100

const head = [z.string().max(100), z.number()] as const
const messageSchema = z.tuple([z.string().max(1_000), z.unknown()])

/**
 * A notification: the process that sent it, its number, since Postgres drops equal ones of a transaction, and either its
 * messages, or one part of a message with its place among all parts.
 */
const notificationSchema = z.union([
  z.tuple([...head, z.array(messageSchema).max(mostTogether)]),
  z.tuple([...head, z.int().nonnegative(), z.int().min(2).max(mostParts), z.base64().max(2 * partBytes)]),
])

/**
 * A bus over notifications of Postgres: one channel, and two connections per process, one that listens and one that sends. The messages of a
 * batch go out together, after and outside of every transaction that appends, in a commit that does not wait for the disk. A message that is
 * longer than a notification goes out in several, which each listener joins: all parts of one follow each other. While the database is away messages
 * reach this process only.
 */
export function postgresBus(options: PostgresBusOptions): EphemeralBus {
  const { connectionString, channel = 'guichet_ephemeral', batchMs = 25, onError = () => undefined } = options
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) throw new RangeError(`${channel} is no plain identifier`)
  const pool = openPool({ connectionString, maxConnections: 1, waitsForDisk: false })
  const { subscribe, deliver } = busSubscribers()
  const self = randomUUID()
  const announcers = new Set<() => void>()
  let connected = false
  const waiting = new Map<string, string>()
  let waitingLength = 0
  let published = 0
  let sent = 0
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let sentAt = -Infinity
  let closed = false

  const joined = joinedParts()

  const listening = startListening({
    connection: { connectionString },
    channel,
    onNotification: (text) => {
      const { success, data } = notificationSchema.safeParse(jsonOf(text))
      if (!success || data[0] === self) return
      if (data.length === 3) {
        for (const [topic, payload] of data[2]) deliver(topic, payload)
        return
      }
      const whole = messageSchema.safeParse(jsonOf(joined(data)))
      if (whole.success) deliver(...whole.data)
    },
    onListening: () => {
      connected = true
      for (const announce of announcers) queueMicrotask(announce)
    },
    onLost: () => (connected = false),
  })

  const forget = (name: string): void => {
    waitingLength -= waiting.get(name)?.length ?? 0
    waiting.delete(name)
  }
  const send = async (): Promise<void> => {
    timer = undefined
    sentAt = performance.now()
    const batch: string[] = []
    let length = 0
    for (const [name, message] of waiting) {
      length += message.length
      if (batch.length > 0 && length > longestTogether) break
      batch.push(message)
      forget(name)
    }
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
    if (closed || sending || timer || waiting.size === 0) return
    const start = (): void => void (sending = send())
    timer = setTimeout(start, Math.max(0, sentAt + batchMs - performance.now()))
  }

  return {
    publish: (topic, payload, key) => {
      const message = busMessage(topic, payload)
      if (closed) return
      deliver(topic, (JSON.parse(message) as unknown[])[1])
      const name = key === undefined ? `${published++}` : JSON.stringify([topic, key])
      forget(name)
      waiting.set(name, message)
      waitingLength += message.length
      for (const oldest of waiting.keys()) {
        if (waiting.size <= mostWaiting && waitingLength <= longestWaiting) break
        forget(oldest)
      }
      schedule()
    },
    subscribe,
    onConnected: (announce) => {
      const announcer = (): void => announce()
      announcers.add(announcer)
      if (connected) queueMicrotask(announcer)
      return () => void announcers.delete(announcer)
    },
    isConnected: () => connected,
    close: async () => {
      closed = true
      clearTimeout(timer)
      await sending
      while (waiting.size > 0) await send()
      await listening.close()
      await pool.end()
    },
  }
}

type Part = readonly [sender: string, number: number, part: number, parts: number, content: string]

/**
 * Joins the parts of messages: returns the text of a message with its last part, and nothing before. A part that does
 * not follow the notification before it, such as after a lost connection, ends its message.
 */
function joinedParts(): (part: Part) => string {
  const unfinished = new LruCache<string, { readonly number: number; readonly chunks: readonly Buffer[] }>({
    maxEntries: mostSenders,
  })
  return ([sender, number, part, parts, content]) => {
    const before = unfinished.get(sender)
    unfinished.delete(sender)
    const chunks = part > 0 && before?.number === number - 1 ? before.chunks : []
    if (chunks.length !== part) return ''
    const more = [...chunks, Buffer.from(content, 'base64')]
    if (more.length === parts) return Buffer.concat(more).toString()
    if (more.length < parts) unfinished.set(sender, { number, chunks: more })
    return ''
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
    if (longestHead + more >= longestNotification) {
      close()
      const whole = Buffer.from(message)
      const parts = Math.ceil(whole.length / partBytes)
      for (let part = 0; part < parts; part++) {
        const content = whole.toString('base64', part * partBytes, (part + 1) * partBytes)
        notifications.push(`[${nextHead()},${part},${parts},"${content}"]`)
      }
      continue
    }
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
