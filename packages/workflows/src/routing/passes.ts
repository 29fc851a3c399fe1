import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Roster, WorkChannel } from '@guichet/domain'
import { streamName } from '@guichet/domain'
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
  /**
   * Whether an action on a ticket or chat at a version is due: `extraMs` after it was planned first, unless another one
   * is under way, or it rests. `what` distinguishes the actions.
   */
  isDue(id: string, version: number, what: string, extraMs?: number): boolean
  /** Whether it is worthwhile to determine the work on a ticket or chat. */
  mayBeDue(id: string, version: number): boolean
  hasRoom(): boolean
  /** Runs a step, which returns the version that must be known before the next one. */
  run(id: string, work: () => Promise<number>): void
  /** As `run`, for a step that gives work to an agent: a place of theirs is reserved meanwhile. */
  give(id: string, agentId: string, channel: WorkChannel, work: () => Promise<number>): void
  /** Reserves a place of an agent for work that is offered to them, unless a step is under way, until the end of the pass. */
  reserve(id: string, agentId: string, channel: WorkChannel): void
  /** Ends the pass. Returns whether work is left to later, and when the next pass is due by the clock. */
  end(): { readonly left: boolean; readonly next: number }
}

type PassOptions = Pick<RoutingPass, 'run' | 'give'> & {
  readonly category: 'ticket' | 'chat'
  readonly roster: Roster
  readonly pace: RoutingBackOff
  readonly underWay: ReadonlyMap<string, unknown>
  readonly concurrency: number
}

/**
 * Begins a pass at the present instant. Its own reservations on the roster last until `end`, which must be called
 * before any await.
 */
export function createRoutingPass({
  category,
  roster,
  pace,
  underWay,
  concurrency,
  run,
  give,
}: PassOptions): RoutingPass {
  const now = Date.now()
  const reserved: { readonly stream: string; readonly agentId: string }[] = []
  let left = false
  let next = Infinity
  const leave = (dueAt: number): void => {
    left = true
    next = Math.min(next, dueAt)
  }
  const isResting = (id: string, version: number): boolean => underWay.has(id) || pace.awaits(id, version)

  return {
    now,
    isDue: (id, version, what, extraMs = 0) => {
      if (isResting(id, version)) return false
      const dueAt = pace.plan(id, `${version}/${what}`, { now, extraMs })
      if (dueAt > now) leave(dueAt)
      return dueAt <= now
    },
    mayBeDue: (id, version) => {
      if (isResting(id, version)) return false
      const dueAt = pace.planned(id, version)
      if (dueAt > now) leave(dueAt)
      return dueAt <= now
    },
    hasRoom: () => underWay.size < concurrency,
    run,
    give,
    reserve: (id, agentId, channel) => {
      if (underWay.has(id)) return
      const stream = streamName(category, id)
      roster.reserve(agentId, stream, channel, now)
      reserved.push({ stream, agentId })
    },
    end: () => {
      for (const { stream, agentId } of reserved) roster.release(agentId, stream)
      return { left, next }
    },
  }
}

/** When each ticket or chat may be tried again. */
type RoutingBackOff = {
  /**
   * Plans an action on a ticket, at the earliest `extraMs` after it was planned first, and returns when it is due, in
   * milliseconds of the epoch. `what` distinguishes the action from previous ones. `now` is the instant of the pass, so
   * that all that one pass plans is due in the order in which the pass comes to it, however long it takes.
   */
  plan(id: string, what: string, at: { readonly now: number; readonly extraMs: number }): number
  /** When the last planned action is due, where that is of this version; 0 without one. */
  planned(id: string, version: number): number
  /** Records a failure: the ticket rests, longer after each one in a row. */
  failed(id: string): void
  /** Records a successful step, and the version that must be known before the next one. */
  done(id: string, awaited: number): void
  /** Whether the result of the last step is not known yet. */
  awaits(id: string, version: number): boolean
  /** How many tickets it knows. */
  readonly size: number
  /** Forgets a ticket that is no longer needed. */
  forget(id: string): void
}

type Entry = {
  what: string
  since: number
  dueAt: number
  awaited: number
  failures: number
  restsUntil: number
}

const backOff = { first: 100, last: 30_000 }

/** Creates the back-off of a router that knows no ticket yet. */
export function createRoutingBackOff(now: () => number): RoutingBackOff {
  const entries = new Map<string, Entry>()
  const entryOf = (id: string): Entry => {
    const knownEntry = entries.get(id)
    if (knownEntry) return knownEntry
    const entry: Entry = { what: '', since: 0, dueAt: 0, awaited: 0, failures: 0, restsUntil: 0 }
    entries.set(id, entry)
    return entry
  }
  return {
    get size() {
      return entries.size
    },
    planned: (id, version) => {
      const entry = entries.get(id)
      return entry?.what.startsWith(`${version}/`) ? entry.dueAt : 0
    },
    plan: (id, what, { now: at, extraMs }) => {
      const entry = entryOf(id)
      if (entry.what !== what) {
        entry.what = what
        entry.since = at
      }
      entry.dueAt = Math.max(entry.restsUntil, entry.since + extraMs)
      return entry.dueAt
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
