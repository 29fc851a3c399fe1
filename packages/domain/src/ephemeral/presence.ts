/**
 * The times of presence, in milliseconds. A connection counts until its lease ends; a person is away after `awayMs` without activity on any
 * connection, and offline `offlineMs` after the last connection was there. A person who has been offline for `rememberedMs` is forgotten, unless they are to be kept.
 */
export const presenceTimes = {
  leaseMs: 45_000,
  renewMs: 15_000,
  awayMs: 5 * 60_000,
  offlineMs: 60_000,
  rememberedMs: 24 * 3_600_000,
} as const

/** The statuses of presence: connected and active, connected without activity, and not connected. */
export const presenceStatuses = ['online', 'away', 'offline'] as const

/** A status of presence. */
export type PresenceStatus = (typeof presenceStatuses)[number]

/** The presence of a person over all of their connections. */
export type PersonPresence = {
  readonly status: PresenceStatus
  /** When the person was last active or connected, in milliseconds; undefined for somebody who was never seen. */
  readonly lastSeen: number | undefined
  /** Since when they have had no connection, in milliseconds; undefined with one, and for somebody who was never seen. */
  readonly disconnectedAt: number | undefined
}

/** A connection of a person, such as a tab or a device, as its process publishes it. */
export type Lease = {
  readonly person: string
  /** Unique among all processes. */
  readonly connection: string
  /** How long the person has not been active on it, in milliseconds. */
  readonly idleMs: number
}

/**
 * Who is there, from the leases of connections in all processes. Persons are keys of any kind. Every method takes the time, in milliseconds
 * of one clock that never runs backwards; times of other processes are only ever differences.
 */
export type Presence = {
  /** A connection is there, for the length of a lease. */
  renew(lease: Lease, at: number): void
  /** A connection has ended. */
  end(connection: string, at: number): void
  /**
   * A person who was seen before has not been active for `idleMs`, whatever their leases said before. Somebody without a
   * connection who did something, such as by a request, was there then.
   */
  idle(person: string, idleMs: number, at: number): void
  of(person: string, at: number): PersonPresence
  /** The persons whose status has changed since the last call. */
  changes(at: number): readonly (PersonPresence & { readonly person: string })[]
}

type Person = {
  /** When each connection was last renewed. */
  readonly connections: Map<string, number>
  activeAt: number
  /** When a connection was last there. */
  thereAt: number
  lastStatus: PresenceStatus
}

/**
 * Nobody is there at first.
 * @param isKept whether a person is never forgotten, such as the agents of a desk, who are few.
 */
export function createPresence(isKept: (person: string) => boolean = () => false): Presence {
  const persons = new Map<string, Person>()
  const personOf = new Map<string, string>()

  const forget = (person: Person, connection: string): void => {
    person.connections.delete(connection)
    personOf.delete(connection)
  }
  const refresh = (person: Person, at: number): void => {
    for (const [connection, renewedAt] of person.connections) {
      if (renewedAt + presenceTimes.leaseMs <= at) forget(person, connection)
    }
  }
  const statusOf = (person: Person, at: number): PresenceStatus => {
    refresh(person, at)
    if (person.connections.size === 0 && person.thereAt + presenceTimes.offlineMs <= at) return 'offline'
    return person.activeAt + presenceTimes.awayMs <= at ? 'away' : 'online'
  }
  const shownOf = (person: Person, at: number): PersonPresence => {
    const status = statusOf(person, at)
    return {
      status,
      lastSeen: status === 'offline' ? Math.max(person.activeAt, person.thereAt) : person.activeAt,
      disconnectedAt: person.connections.size === 0 ? person.thereAt : undefined,
    }
  }

  return {
    renew: ({ person: key, connection, idleMs }, at) => {
      const entry = persons.get(key)
      const activeAt = at - Math.max(0, idleMs)
      const person = entry ?? { connections: new Map<string, number>(), activeAt, thereAt: at, lastStatus: 'offline' }
      person.activeAt = Math.max(person.activeAt, activeAt)
      person.thereAt = at
      person.connections.set(connection, at)
      personOf.set(connection, key)
      persons.set(key, person)
    },
    end: (connection, at) => {
      const person = persons.get(personOf.get(connection) ?? '')
      if (!person) return
      forget(person, connection)
      person.thereAt = at
    },
    idle: (key, idleMs, at) => {
      const person = persons.get(key)
      if (!person) return
      const activeAt = at - Math.max(0, idleMs)
      refresh(person, at)
      if (person.connections.size > 0) person.activeAt = activeAt
      else if (activeAt > person.thereAt) person.activeAt = person.thereAt = activeAt
    },
    of: (key, at) => {
      const person = persons.get(key)
      return person ? shownOf(person, at) : { status: 'offline', lastSeen: undefined, disconnectedAt: undefined }
    },
    changes: (at) => {
      const changed: (PersonPresence & { person: string })[] = []
      for (const [key, person] of persons) {
        const presence = shownOf(person, at)
        if (presence.status !== person.lastStatus) changed.push({ person: key, ...presence })
        person.lastStatus = presence.status
        const isOver = presence.status === 'offline' && person.thereAt + presenceTimes.rememberedMs <= at
        if (isOver && !isKept(key)) persons.delete(key)
      }
      return changed
    },
  }
}
