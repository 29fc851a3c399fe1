import type { EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { readBatch } from '@guichet/eventstore'

/** A place in history, with the number of events up to and including it. */
export type Milestone = { readonly position: Position | undefined; readonly events: number }

const pageSize = 5_000

/** Knows how many events there are up to the head, counting only those that it has not counted before. */
export type HistoryLength = {
  /** Counts from the furthest of these milestones and of those known before. */
  upToHead(milestones: readonly Milestone[]): Promise<number>
}

/**
 * Knows no milestone yet. Reads the store page by page; rejects with what the store does. Of an event that cannot be read it
 * counts no further.
 */
export function createHistoryLength(store: EventStore): HistoryLength {
  let known: Milestone = { position: undefined, events: 0 }

  const advance = (milestone: Milestone): void => {
    if (milestone.events > known.events) known = milestone
  }

  return {
    async upToHead(milestones) {
      for (const milestone of milestones) advance(milestone)
      for (;;) {
        const page = await readBatch(store, known.position, { limit: pageSize }).catch(unreadable)
        if (!page) return known.events + 1
        const { events, more } = page
        const last = events.at(-1)
        if (last) advance({ position: last.position, events: known.events + events.length })
        if (!more) return known.events
      }
    },
  }
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof CorruptHistory)) throw error
}
