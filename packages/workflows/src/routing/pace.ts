import { pauseAfter } from '@guichet/eventstore'
import { rankOf } from './rank.ts'

/** Several routers that are at work at once. */
export type Sharing = {
  /** The names of them all. */
  readonly routers: readonly string[]
  /** After how many milliseconds in which nothing has come of it what there is to do on a ticket is the next router's. */
  readonly turnMs: number
}

/**
 * Whose turn it is to do something on a ticket, this router's, another one's or nobody's yet, and when this one's comes, in milliseconds
 * of the epoch.
 */
export type Turn = { readonly whose: 'own' | 'other' | 'nobody'; readonly ownAt: number }

/** The present, and as of when the history is known, in milliseconds of the epoch. */
export type Moment = { readonly now: number; readonly knownAt: number }

/** When each ticket may be looked at. */
export type Pace = {
  /** Whose turn it is to do something on a ticket after `extraMs`; `what` tells it from what was to be done before. */
  turn(id: string, what: string, extraMs: number, moment: Moment): Turn
  /** When what was looked at last was to be done by the first router, where that is of this version; 0 without one. */
  planned(id: string, version: number): number
  /** Lets the turns on a ticket begin anew when it is looked at next. */
  restart(id: string): void
  /** Notes a failure: the ticket rests, longer after each one in a row. */
  failed(id: string): void
  /** Notes that a look went well, and which version must be known before the next one. */
  done(id: string, awaited: number): void
  /** Whether what the last look led to is not known yet. */
  awaits(id: string, version: number): boolean
  /** How many tickets it knows. */
  readonly size: number
  /** Forgets tickets that nobody asks about any more. */
  forget(id: string): void
}

type Entry = {
  readonly rank: number
  what: string
  since: number
  first: number
  awaited: number
  failures: number
  restsUntil: number
}

const backOff = { first: 100, last: 30_000 }

/**
 * Where several routers are at work, each ticket has a first one, and others in an order of its own whose turn comes as long as nothing
 * happens, as far as the history is known: whoever is behind leaves what they see to those before them. It saves work, and decides nothing: any number of them may act on a ticket at once.
 */
export function createPace(router: string, sharing: Sharing | undefined, now: () => number): Pace {
  const { routers = [], turnMs = 0 } = sharing ?? {}
  const entries = new Map<string, Entry>()
  const entryOf = (id: string): Entry => {
    const known = entries.get(id)
    if (known) return known
    const rank = rankOf(router, routers, id)
    const entry: Entry = { rank, what: '', since: 0, first: 0, awaited: 0, failures: 0, restsUntil: 0 }
    entries.set(id, entry)
    return entry
  }
  return {
    get size() {
      return entries.size
    },
    planned: (id, version) => {
      const entry = entries.get(id)
      return entry?.what.startsWith(`${version}/`) ? entry.first : 0
    },
    turn: (id, what, extraMs, { now, knownAt }) => {
      const entry = entryOf(id)
      const { rank, restsUntil } = entry
      if (entry.what !== what) {
        entry.what = what
        entry.since = rank === 0 ? now : knownAt
      }
      entry.first = Math.max(restsUntil, entry.since + extraMs)
      const ownAt = Math.max(restsUntil, entry.since + extraMs + rank * turnMs)
      if (ownAt <= (rank === 0 ? now : knownAt)) return { whose: 'own', ownAt }
      return { whose: entry.first <= now ? 'other' : 'nobody', ownAt }
    },
    restart: (id) => {
      const entry = entries.get(id)
      if (entry) entry.what = ''
    },
    failed: (id) => {
      const entry = entryOf(id)
      entry.restsUntil = now() + pauseAfter(++entry.failures, backOff)
    },
    done: (id, awaited) => {
      const entry = entryOf(id)
      if (entry.restsUntil <= now()) entry.failures = 0
      entry.awaited = Math.max(entry.awaited, awaited)
    },
    awaits: (id, version) => (entries.get(id)?.awaited ?? 0) > version,
    forget: (id) => void entries.delete(id),
  }
}
