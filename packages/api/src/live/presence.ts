import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EphemeralBus, Lease, PersonPresence } from '@guichet/domain'
import { createPresence, presenceTimes } from '@guichet/domain'

/** A change of somebody's presence. */
type PresenceChange = PersonPresence & { readonly person: string }

/** A connection of a person to this process. */
export type LiveConnection = {
  /** The person did something. */
  active(): void
  end(): void
}

/** Who is connected to any process of the desk. Persons are keys of at most 300 characters. */
export type LivePresence = {
  connect(person: string): LiveConnection
  of(person: string): PersonPresence
  /** Calls the listener with each change, within a second, until the returned function is called. */
  onChange(listener: (change: PresenceChange) => void): () => void
  /** Ends the connections of this process. */
  close(): void
}

const key = z.string().max(300)

/** What processes tell each other: connections that are there, with how long they have been idle, and ended ones; or a request for all. */
const messageSchema = z.union([
  z.object({ leases: z.array(z.tuple([key, key, z.number().min(0)])).max(200) }),
  z.object({ ended: z.array(key).max(200) }),
  z.object({ ask: z.literal(true) }),
])

const topic = 'presence'

/** How many connections one message tells of: it stays below the limit of the bus with keys of any length. */
const together = 4

/** How often changes are looked for, and after what time activity is told at once, in milliseconds. */
const lookEveryMs = 1_000
const freshMs = 60_000

type Own = { readonly person: string; activeAt: number; toldAt: number }

/** Tells presence over a bus: changes at once, and every connection again from time to time. `now` is in milliseconds. */
export function livePresence(
  bus: Pick<EphemeralBus, 'publish' | 'subscribe' | 'onConnected'>,
  now = () => performance.now(),
): LivePresence {
  const presence = createPresence()
  const own = new Map<string, Own>()
  const listeners = new Set<(change: PresenceChange) => void>()

  const leaseOf = (connection: string, { person, activeAt }: Own): Lease => ({
    person,
    connection,
    idleMs: Math.round(Math.max(0, now() - activeAt)),
  })
  const tell = (connections: readonly string[]): void => {
    const leases = connections.flatMap((connection) => {
      const known = own.get(connection)
      if (known) known.toldAt = known.activeAt
      return known ? [leaseOf(connection, known)] : []
    })
    for (const lease of leases) presence.renew(lease, now())
    for (let n = 0; n < leases.length; n += together) {
      const some = leases.slice(n, n + together)
      bus.publish(topic, { leases: some.map(({ person, connection, idleMs }) => [person, connection, idleMs]) })
    }
  }
  const tellAll = (): void => tell([...own.keys()])
  const look = (): void => {
    for (const change of presence.changes(now())) for (const listener of listeners) listener(change)
  }

  const leaveBus = bus.subscribe(topic, (payload) => {
    const { success, data } = messageSchema.safeParse(payload)
    if (!success) return
    if ('leases' in data) {
      for (const [person, connection, idleMs] of data.leases) {
        if (!own.has(connection)) presence.renew({ person, connection, idleMs }, now())
      }
    } else if ('ended' in data) for (const connection of data.ended) presence.end(connection, now())
    else tellAll()
  })
  const ignoreConnected = bus.onConnected(() => bus.publish(topic, { ask: true }))
  const renewing = setInterval(tellAll, presenceTimes.renewMs)
  const looking = setInterval(look, lookEveryMs)

  const endOwn = (connections: readonly string[]): void => {
    for (const connection of connections) {
      own.delete(connection)
      presence.end(connection, now())
    }
    for (let n = 0; n < connections.length; n += together) {
      bus.publish(topic, { ended: connections.slice(n, n + together) })
    }
  }

  return {
    connect: (person) => {
      const connection = randomUUID()
      own.set(connection, { person, activeAt: now(), toldAt: now() })
      tell([connection])
      return {
        active: () => {
          const known = own.get(connection)
          if (!known) return
          known.activeAt = now()
          if (known.activeAt - known.toldAt >= freshMs) tell([connection])
        },
        end: () => {
          if (own.has(connection)) endOwn([connection])
        },
      }
    },
    of: (person) => presence.of(person, now()),
    onChange: (listener) => {
      const each = (change: PresenceChange): void => listener(change)
      listeners.add(each)
      return () => void listeners.delete(each)
    },
    close: () => {
      clearInterval(renewing)
      clearInterval(looking)
      ignoreConnected()
      leaveBus()
      endOwn([...own.keys()])
    },
  }
}
