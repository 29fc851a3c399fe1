import type { Roster, WorkItem } from '@guichet/domain'
import { streamName, workChannelOf } from '@guichet/domain'
import type { Pace, Turn } from './pace.ts'

/** One look at everything that a router may have to do. */
export type Look = {
  /** In milliseconds of the epoch. */
  readonly now: number
  /** Whose turn it is to do what there is to do on a ticket at a version: this router's, another one's, or nobody's yet. */
  turnOf(id: string, version: number, what: 'route' | 'queue' | 'offer' | 'settle', extraMs?: number): Turn['whose']
  /** Whether it is worth while to find out what there is to do. */
  mayBeDue(id: string, version: number): boolean
  hasRoom(): boolean
  /** Counts a ticket as given by another router, until the end of the look. */
  suppose(item: WorkItem, agentId: string): void
  /** Ends the look; answers whether something is left to others or to later, and when it is to be looked at again by the clock. */
  end(): { readonly left: boolean; readonly next: number }
}

type Known = {
  readonly roster: Roster
  readonly pace: Pace
  readonly underWay: ReadonlyMap<string, unknown>
  readonly concurrency: number
  /** As of when the history is known. */
  readonly asOf: number
}

/** Begins a look at the present instant; what it supposes of the roster counts until its `end`, which has to come before anything is waited for. */
export function createLook({ roster, pace, underWay, concurrency, asOf }: Known): Look {
  const now = Date.now()
  const supposed: { readonly id: string; readonly agentId: string }[] = []
  let left = false
  let next = Infinity
  /** What is not this router's to do until the history is known as of then. */
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
