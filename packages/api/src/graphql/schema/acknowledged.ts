import type { EventStore, Position } from '@guichet/domain'
import { LRUCache } from 'lru-cache'
import type { Principal } from '../../auth/index.ts'

/** What this server has told its clients that it is written. */
export type Acknowledged = {
  written(by: Principal, position: Position): void
  /** The furthest position that anybody has written. */
  last(): Position | undefined
  /** The furthest position that somebody has written; undefined when that is long ago. */
  lastOf(principal: Principal): Position | undefined
}

/** Whoever is forgotten among so many wrote long before the others: the read models have shown it since. */
const mostRemembered = 10_000

export function createAcknowledged({ comparePositions }: Pick<EventStore, 'comparePositions'>): Acknowledged {
  const positions = new LRUCache<string, Position>({ max: mostRemembered })
  let last: Position | undefined
  const further = (before: Position | undefined, position: Position): Position =>
    before === undefined || comparePositions(before, position) < 0 ? position : before
  return {
    written: (by, position) => {
      last = further(last, position)
      positions.set(keyOf(by), further(positions.get(keyOf(by)), position))
    },
    last: () => last,
    lastOf: (principal) => positions.get(keyOf(principal)),
  }
}

const keyOf = ({ role, id }: Principal): string => `${role}:${id}`
