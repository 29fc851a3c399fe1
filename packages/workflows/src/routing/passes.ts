import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Roster, WorkItem } from '@guichet/domain'
import { streamName, workChannelOf } from '@guichet/domain'
import { pauseAfter } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'

/** The delay before the pass after a failed one, in milliseconds. */
const afterFailureMs = 1_000

type Passes = {
  /** Requests a pass, soon: all requests before it begins share one pass. */
  kick(): void
  /**
   * Requests a pass after a delay in milliseconds, in place of the previous such request; cancels that request when
   * infinite.
   */
  kickIn(ms: number): void
  /** Whether a requested pass has not begun. */
  readonly requested: boolean
  /** Resolves when no pass is under way any more, once the signal has come. */
  end(): Promise<void>
}

/**
 * Runs requested passes, one after the other, until the signal. A failed pass is reported, and run again after a pause.
 */
export function createPasses(pass: () => void, signal: AbortSignal, onError: OnError): Passes {
  let requested = false
  let timer: NodeJS.Timeout | undefined
  let passing: Promise<void> | undefined

  const passes = async (): Promise<void> => {
    while (requested && !signal.aborted) {
      requested = false
      await nextTurn()
      try {
        pass()
      } catch (error) {
        onError(error, 'routing')
        kickIn(afterFailureMs)
      }
    }
    passing = undefined
  }
  const kick = (): void => {
    requested = true
    passing ??= passes()
  }
  const kickIn = (ms: number): void => {
    clearTimeout(timer)
    if (ms < Infinity && !signal.aborted) timer = setTimeout(kick, Math.max(1, ms))
  }
  return {
    kick,
    kickIn,
    get requested() {
      return requested
    },
    end: async () => {
      clearTimeout(timer)
      await passing
    },
  }
}

/** One pass over everything that a router may have to do. */
export type RoutingPass = {
  /** In milliseconds of the epoch. */
  readonly now: number
  /** Whose turn it is to act on a ticket at a version: this router's, another one's, or nobody's yet. */
  turnOf(id: string, version: number, what: 'route' | 'queue' | 'offer' | 'settle', extraMs?: number): Turn['whose']
  /** Whether it is worthwhile to determine the work on a ticket. */
  mayBeDue(id: string, version: number): boolean
  hasRoom(): boolean
  /** Counts a ticket as given by another router, until the end of the pass. */
  suppose(item: WorkItem, agentId: string): void
  /**
   * Ends the pass. Returns whether work is left to other routers or to later, and when the next pass is due by the
   * clock.
   */
  end(): { readonly left: boolean; readonly next: number }
}

type Known = {
  readonly roster: Roster
  readonly pace: RoutingBackOff
  readonly underWay: ReadonlyMap<string, unknown>
  readonly concurrency: number
  /** The instant up to which the history is known. */
  readonly asOf: number
}

/**
 * Begins a pass at the present instant. Its suppositions on the roster last until `end`, which must be called before
 * any await.
 */
export function createRoutingPass({ roster, pace, underWay, concurrency, asOf }: Known): RoutingPass {
  const now = Date.now()
  const supposed: { readonly id: string; readonly agentId: string }[] = []
  let left = false
  let next = Infinity
  /** Notes work that is not this router's until the history is known up to that instant. */
  const leave = (at: number): void => {
    left = true
    if (at > now) next = Math.min(next, at)
  }
  const isResting = (id: string, version: number): boolean => underWay.has(id) || pace.awaits(id, version)

  return {
    now,
    turnOf: (id, version, what, extraMs = 0) => {
      if (isResting(id, version)) return 'nobody'
      const { whose, ownAt } = pace.turn(id, `${version}/${what}`, extraMs, { now, knownAt: asOf })
      if (whose !== 'own') leave(ownAt)
      return whose
    },
    mayBeDue: (id, version) => {
      if (isResting(id, version)) return false
      const dueAt = pace.planned(id, version)
      if (dueAt > now) leave(dueAt)
      return dueAt <= now
    },
    hasRoom: () => underWay.size < concurrency,
    suppose: ({ id, channel }, agentId) => {
      roster.promise(agentId, streamName('ticket', id), workChannelOf(channel), now)
      supposed.push({ id, agentId })
    },
    end: () => {
      for (const { id, agentId } of supposed) roster.takeBack(agentId, streamName('ticket', id))
      return { left, next }
    },
  }
}

/** Several routers that work concurrently. */
export type Sharing = {
  /** The names of them all. */
  readonly routers: readonly string[]
  /** After how many milliseconds without an effect the work on a ticket is the next router's. */
  readonly turnMs: number
}

/**
 * Whose turn it is to act on a ticket, this router's, another one's or nobody's yet, and when this one's turn begins,
 * in milliseconds of the epoch.
 */
type Turn = { readonly whose: 'own' | 'other' | 'nobody'; readonly ownAt: number }

/** The present, and the instant up to which the history is known, in milliseconds of the epoch. */
type Moment = { readonly now: number; readonly knownAt: number }

/** When each ticket may be looked at. */
type RoutingBackOff = {
  /** Whose turn it is to act on a ticket after `extraMs`; `what` distinguishes the action from previous ones. */
  turn(id: string, what: string, extraMs: number, moment: Moment): Turn
  /** When the first router was to do the last planned action, where that is of this version; 0 without one. */
  planned(id: string, version: number): number
  /** Restarts the turns on a ticket at its next look. */
  restart(id: string): void
  /** Records a failure: the ticket rests, longer after each one in a row. */
  failed(id: string): void
  /** Records a successful look, and the version that must be known before the next one. */
  done(id: string, awaited: number): void
  /** Whether the result of the last look is not known yet. */
  awaits(id: string, version: number): boolean
  /** How many tickets it knows. */
  readonly size: number
  /** Forgets a ticket that is no longer needed. */
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
 * Where several routers are at work, each ticket has a first router, and an order of the others, whose turns come while
 * nothing happens, as far as the history is known: a router that is behind leaves its work to those before it. This
 * saves work, and decides nothing: any number of them may act on a ticket concurrently.
 */
export function createRoutingBackOff(router: string, sharing: Sharing | undefined, now: () => number): RoutingBackOff {
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

/**
 * How many of these routers come before one for a key: 0 for the first one. All routers that know the same names
 * compute the same order. Each key has its own order, and without one of the names the others keep theirs (rendezvous
 * hashing).
 */
export function rankOf(router: string, routers: readonly string[], key: string): number {
  const own = weightOf(router, key)
  return routers.filter((other) => {
    const weight = weightOf(other, key)
    return weight < own || (weight === own && other < router)
  }).length
}

/** A number that is always the same for a name and a key: FNV-1a, whose last bits are spread over all (MurmurHash3). */
function weightOf(name: string, key: string): number {
  let hash = 0x811c9dc5
  for (const text of [name, '/', key])
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
