/**
 * How what somebody does now is published, in milliseconds: again after `renewMs` while it goes on. It lasts for `lastsMs` after that at
 * most, also when its process has died.
 */
export type HeartbeatTimes = { readonly renewMs: number; readonly lastsMs: number }

/** The times of typing in a conversation. */
export const typingTimes: HeartbeatTimes = { renewMs: 4_000, lastsMs: 8_000 }

/** The times of editing a text. */
export const editingTimes: HeartbeatTimes = { renewMs: 10_000, lastsMs: 30_000 }

/** Somebody who does something now, such as typing. */
export type Heartbeat = {
  readonly person: string
  /** Their name, where they have one. */
  readonly name: string | undefined
  /** Since when, in milliseconds of the clock of this process. */
  readonly since: number
}

/** A heartbeat as its process publishes it. */
export type SentHeartbeat = Pick<Heartbeat, 'person' | 'name'> & {
  /** How long the person has done it, in milliseconds. */
  readonly lastedMs: number
}

/**
 * Who does something now about one subject, such as typing in a conversation. Persons are keys of any kind. Every method takes the time, in
 * milliseconds of one clock that never runs backwards; times of other processes are only ever differences.
 */
export type Heartbeats = {
  /** A person does it. Returns what has to be published: the first time, and again after `renewMs`. */
  beat(person: string, name: string | undefined, at: number): SentHeartbeat | undefined
  /** A person has stopped. Returns whether that has to be published. */
  end(person: string, at: number): boolean
  /** Another process has published that a person does it. */
  receive(heartbeat: SentHeartbeat, at: number): void
  /** Who does it, in alphabetical order of the keys. */
  current(at: number): readonly Heartbeat[]
  /** When that changes if nothing happens; undefined when nobody does it. */
  changesAt(at: number): number | undefined
}

type Entry = Omit<Heartbeat, 'person'> & { readonly until: number; readonly publishedAt: number }

/** Nobody does it at first. Keeps nothing of who has stopped. */
export function createHeartbeats({ renewMs, lastsMs }: HeartbeatTimes): Heartbeats {
  const entries = new Map<string, Entry>()
  const forget = (at: number): void => {
    for (const [person, { until }] of entries) if (until <= at) entries.delete(person)
  }
  return {
    beat: (person, name, at) => {
      forget(at)
      const { publishedAt = -Infinity, since = at } = entries.get(person) ?? {}
      const isPublished = at - publishedAt >= renewMs
      const from = isPublished ? at : publishedAt
      entries.set(person, { name, since, until: from + lastsMs, publishedAt: from })
      return isPublished ? { person, name, lastedMs: at - since } : undefined
    },
    end: (person, at) => {
      forget(at)
      return entries.delete(person)
    },
    receive: ({ person, name, lastedMs }, at) => {
      forget(at)
      const { publishedAt = -Infinity, since = at - lastedMs } = entries.get(person) ?? {}
      entries.set(person, { name, since, until: at + lastsMs, publishedAt })
    },
    current: (at) =>
      [...entries]
        .flatMap(([person, { name, since, until }]) => (until > at ? [{ person, name, since }] : []))
        .toSorted((one, other) => (one.person < other.person ? -1 : 1)),
    changesAt: (at) => {
      const ends = [...entries.values()].map(({ until }) => until).filter((until) => until > at)
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
  }
}
