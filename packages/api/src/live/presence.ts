import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EphemeralBus, Lease, PersonPresence } from '@guichet/domain'
import { createPresence, presenceTimes } from '@guichet/domain'
import type { Connections } from '@guichet/workflows'
import { isCustomer } from '../auth/principal.ts'
import type { Principal } from '../auth/principal.ts'
import { addListener } from './listeners.ts'

/** A connection of a person to this process. */
export type LiveConnection = {
  /** The person did something. */
  active(): void
  end(): void
}

/** Who is connected to any process of the desk. Persons are keys of at most 300 characters, such as `personKey` gives. */
export type LivePresence = {
  connect(person: string): LiveConnection
  /** A person did something, or does nothing any more, by another way than a connection of this process. */
  active(person: string, idle?: boolean): void
  of(person: string): PersonPresence
  /**
   * Whether somebody without a connection is known to have none: from a minute after messages of other processes last
   * began to arrive.
   */
  isKnown(): boolean
  /** Calls the listener when the status of a person has changed, within a second, until the returned function is called. */
  follow(person: string, listener: () => void): () => void
  /** Ends the connections of this process. */
  close(): void
}

/** The key of a customer or an agent in presence. A customer who was an anonymous visitor is found by that id too. */
export const personKey = (side: 'customer' | 'desk', id: string): string => `${side}/${id}`

/** The keys of a principal in presence. */
const personKeysOf = (principal: Pick<Principal, 'id' | 'role' | 'visitorId'>): readonly string[] => {
  const side = isCustomer(principal) ? 'customer' : 'desk'
  return [principal.id, ...(principal.visitorId === undefined ? [] : [principal.visitorId])].map((id) =>
    personKey(side, id),
  )
}

/** Connects a principal, by each of their keys. */
export function connectPrincipal(
  presence: Pick<LivePresence, 'connect'>,
  principal: Parameters<typeof personKeysOf>[0],
): LiveConnection {
  const connections = personKeysOf(principal).map((key) => presence.connect(key))
  return {
    active: () => {
      for (const connection of connections) connection.active()
    },
    end: () => {
      for (const connection of connections) connection.end()
    },
  }
}

/** Reports that a principal did something, or does nothing any more, besides what their connections show. */
export function reportActivity(
  presence: Pick<LivePresence, 'active'>,
  principal: Parameters<typeof personKeysOf>[0],
  idle = false,
): void {
  for (const key of personKeysOf(principal)) presence.active(key, idle)
}

/** The connections of people as the routing of chats uses them. */
export function connectionsOf({ of, isKnown }: Pick<LivePresence, 'of' | 'isKnown'>): Connections {
  const absenceOf = (person: string): number | undefined => {
    const { lastSeen, disconnectedAt } = of(person)
    if (lastSeen === undefined) return undefined
    return disconnectedAt === undefined ? 0 : Math.max(0, performance.now() - disconnectedAt)
  }
  return {
    isKnown,
    agent: (id) => absenceOf(personKey('desk', id)),
    customer: (id) => absenceOf(personKey('customer', id)),
  }
}

const key = z.string().max(300)
const milliseconds = z.number().min(0)

/**
 * The messages of processes: connections that are there, with how long they have been idle; ended ones; how long a
 * person has been idle; or a request for all.
 */
const messageSchema = z.union([
  z.object({ leases: z.array(z.tuple([key, key, milliseconds])).max(200) }),
  z.object({ ended: z.array(key).max(200) }),
  z.object({ idle: z.tuple([key, milliseconds]) }),
  z.object({ ask: z.literal(true) }),
])

const topic = 'presence'

/** How many connections fit into one message: it stays below the limit of the bus with keys of any length. */
const together = 4

/** How often changes are looked for, and after what time activity is published at once, in milliseconds. */
const checkEveryMs = 1_000
const freshMs = 60_000

/** The same for somebody without a connection, who would soon count as gone, in milliseconds. */
const freshWithoutConnectionMs = 2_000

type LocalConnection = { readonly person: string; activeAt: number; publishedAt: number }

/** Publishes presence over a bus: changes at once, and every connection again from time to time. `now` is in milliseconds. */
export function livePresence(bus: Omit<EphemeralBus, 'close'>, now = () => performance.now()): LivePresence {
  const presence = createPresence((person) => person.startsWith(personKey('desk', '')))
  const ownConnections = new Map<string, LocalConnection>()
  const listeners = new Map<string, Set<() => void>>()
  /** Since when messages of other processes have arrived. */
  let connectedAt = Infinity

  const leaseOf = (connection: string, { person, activeAt }: LocalConnection): Lease => ({
    person,
    connection,
    idleMs: Math.round(Math.max(0, now() - activeAt)),
  })
  const publish = (connections: readonly string[]): void => {
    const leases = connections.flatMap((connection) => {
      const entry = ownConnections.get(connection)
      if (entry) entry.publishedAt = entry.activeAt
      return entry ? [leaseOf(connection, entry)] : []
    })
    for (const lease of leases) presence.renew(lease, now())
    for (let n = 0; n < leases.length; n += together) {
      const some = leases.slice(n, n + together)
      bus.publish(topic, { leases: some.map(({ person, connection, idleMs }) => [person, connection, idleMs]) })
    }
  }
  const publishAll = (): void => publish([...ownConnections.keys()])
  const check = (): void => {
    if (!bus.isConnected()) connectedAt = Infinity
    for (const { person } of presence.changes(now())) for (const listener of listeners.get(person) ?? []) listener()
  }
  const setIdle = (person: string, idleMs: number): void => {
    for (const connection of ownConnections.values()) {
      if (connection.person !== person) continue
      connection.activeAt = now() - idleMs
      connection.publishedAt = connection.activeAt
    }
    presence.idle(person, idleMs, now())
  }

  const leaveBus = bus.subscribe(topic, (payload) => {
    const { success, data } = messageSchema.safeParse(payload)
    if (!success) return
    if ('leases' in data) {
      for (const [person, connection, idleMs] of data.leases) {
        if (!ownConnections.has(connection)) presence.renew({ person, connection, idleMs }, now())
      }
    } else if ('ended' in data) for (const connection of data.ended) presence.end(connection, now())
    else if ('idle' in data) setIdle(...data.idle)
    else publishAll()
  })
  const ignoreConnected = bus.onConnected(() => {
    connectedAt = now()
    bus.publish(topic, { ask: true })
  })
  const renewing = setInterval(publishAll, presenceTimes.renewMs)
  const checking = setInterval(check, checkEveryMs)

  const endOwn = (connections: readonly string[]): void => {
    for (const connection of connections) {
      ownConnections.delete(connection)
      presence.end(connection, now())
    }
    for (let n = 0; n < connections.length; n += together) {
      bus.publish(topic, { ended: connections.slice(n, n + together) })
    }
  }

  return {
    connect: (person) => {
      const connection = randomUUID()
      ownConnections.set(connection, { person, activeAt: now(), publishedAt: now() })
      publish([connection])
      return {
        active: () => {
          const entry = ownConnections.get(connection)
          if (!entry) return
          entry.activeAt = now()
          if (entry.activeAt - entry.publishedAt >= freshMs) publish([connection])
        },
        end: () => {
          if (ownConnections.has(connection)) endOwn([connection])
        },
      }
    },
    active: (person, idle = false) => {
      const { status, lastSeen, disconnectedAt } = presence.of(person, now())
      if (status === 'offline' && (idle || lastSeen === undefined)) return
      const maxAgeMs = disconnectedAt === undefined ? freshMs : freshWithoutConnectionMs
      if (idle) bus.publish(topic, { idle: [person, presenceTimes.awayMs] }, `idle ${person}`)
      else if (lastSeen === undefined || now() - lastSeen >= maxAgeMs)
        bus.publish(topic, { idle: [person, 0] }, `idle ${person}`)
    },
    of: (person) => presence.of(person, now()),
    isKnown: () => bus.isConnected() && connectedAt + presenceTimes.offlineMs <= now(),
    follow: (person, listener) => addListener(listeners, person, () => listener()),
    close: () => {
      clearInterval(renewing)
      clearInterval(checking)
      ignoreConnected()
      leaveBus()
      endOwn([...ownConnections.keys()])
    },
  }
}
