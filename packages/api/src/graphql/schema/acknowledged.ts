import type { EventStore, Position } from '@guichet/domain'

/** What this server has told its clients that it is written: whoever reads from then on is shown it. */
export type Acknowledged = {
  written(position: Position): void
  /** The furthest position that was written; undefined before the first. */
  last(): Position | undefined
}

/** Nothing written yet. Positions may be told in any order: that of the store says which is the furthest. */
export function createAcknowledged({ comparePositions }: Pick<EventStore, 'comparePositions'>): Acknowledged {
  let last: Position | undefined
  return {
    written: (position) => {
      if (last === undefined || comparePositions(last, position) < 0) last = position
    },
    last: () => last,
  }
}
