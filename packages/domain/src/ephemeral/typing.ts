/** How typing is published, in milliseconds: again after `renewMs` while it goes on, and nobody types for longer than `lastsMs` after that. */
export const typingTimes = { renewMs: 4_000, lastsMs: 8_000 } as const

/**
 * Who types in one conversation. Persons are keys of any kind. Every method takes the time, in milliseconds of one clock that never runs
 * backwards.
 */
export type Typing = {
  /** A person types. Returns whether that has to be published: the first time, and again after `renewMs`. */
  typed(person: string, at: number): boolean
  /** A person has sent the message, or has stopped. Returns whether that has to be published. */
  ended(person: string, at: number): boolean
  /** Another process has published that a person types, or no longer does. */
  received(person: string, isTyping: boolean, at: number): void
  /** Who types, in alphabetical order of the keys. */
  persons(at: number): readonly string[]
  /** When that changes if nothing happens; undefined when nobody types. */
  changesAt(at: number): number | undefined
}

/** Nobody types at first. Keeps nothing of who has stopped. */
export function createTyping(): Typing {
  /** Until when each person types, and when that was last published. */
  const typing = new Map<string, { readonly until: number; readonly publishedAt: number }>()
  const forget = (at: number): void => {
    for (const [person, { until }] of typing) if (until <= at) typing.delete(person)
  }
  return {
    typed: (person, at) => {
      forget(at)
      const entry = typing.get(person)
      const publishedAt = entry === undefined || at - entry.publishedAt >= typingTimes.renewMs ? at : entry.publishedAt
      typing.set(person, { until: publishedAt + typingTimes.lastsMs, publishedAt })
      return publishedAt === at
    },
    ended: (person, at) => {
      forget(at)
      return typing.delete(person)
    },
    received: (person, isTyping, at) => {
      forget(at)
      if (isTyping)
        typing.set(person, {
          until: at + typingTimes.lastsMs,
          publishedAt: typing.get(person)?.publishedAt ?? -Infinity,
        })
      else typing.delete(person)
    },
    persons: (at) => [...typing].flatMap(([person, { until }]) => (until > at ? [person] : [])).toSorted(),
    changesAt: (at) => {
      const ends = [...typing.values()].map(({ until }) => until).filter((until) => until > at)
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
  }
}
