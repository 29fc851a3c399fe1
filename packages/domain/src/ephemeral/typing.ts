/** How typing is told, in milliseconds: again after `renewMs` while it goes on, and nobody types for longer than `lastsMs` after that. */
export const typingTimes = { renewMs: 4_000, lastsMs: 8_000 } as const

/**
 * Who types in one conversation. Persons are keys of any kind. Every method takes the time, in milliseconds of one clock that never runs
 * backwards.
 */
export type Typing = {
  /** A person types. Returns whether that has to be told: the first time, and again after `renewMs`. */
  typed(person: string, at: number): boolean
  /** A person has sent the message, or has stopped. Returns whether that has to be told. */
  ended(person: string, at: number): boolean
  /** Another process tells that a person types, or no longer does. */
  heard(person: string, isTyping: boolean, at: number): void
  /** Who types, in alphabetical order of the keys. */
  persons(at: number): readonly string[]
  /** When that changes if nothing happens; undefined when nobody types. */
  changesAt(at: number): number | undefined
}

/** Nobody types at first. Keeps nothing of who has stopped. */
export function createTyping(): Typing {
  /** When each person last typed, and when that was last told. */
  const typing = new Map<string, { readonly until: number; readonly told: number }>()
  const forget = (at: number): void => {
    for (const [person, { until }] of typing) if (until <= at) typing.delete(person)
  }
  return {
    typed: (person, at) => {
      forget(at)
      const known = typing.get(person)
      const told = known === undefined || at - known.told >= typingTimes.renewMs ? at : known.told
      typing.set(person, { until: told + typingTimes.lastsMs, told })
      return told === at
    },
    ended: (person, at) => {
      forget(at)
      return typing.delete(person)
    },
    heard: (person, isTyping, at) => {
      forget(at)
      if (isTyping) typing.set(person, { until: at + typingTimes.lastsMs, told: typing.get(person)?.told ?? -Infinity })
      else typing.delete(person)
    },
    persons: (at) => [...typing].flatMap(([person, { until }]) => (until > at ? [person] : [])).toSorted(),
    changesAt: (at) => {
      const ends = [...typing.values()].map(({ until }) => until).filter((until) => until > at)
      return ends.length === 0 ? undefined : Math.min(...ends)
    },
  }
}
