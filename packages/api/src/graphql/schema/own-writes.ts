import type { EventStore, Position } from '@guichet/domain'
import { LRUCache } from 'lru-cache'
import type { Principal } from '../../auth/index.ts'

/** Where the commands of each person ended that this server has carried out: what they read then is not older. */
export type OwnWrites = {
  written(by: Principal, position: Position): void
  /** The furthest position that somebody has written; undefined when that is long ago. */
  lastOf(principal: Principal): Position | undefined
}

/** Whoever is forgotten among so many wrote long before the others: the read models have shown it since. */
const mostRemembered = 10_000

export function createOwnWrites({ comparePositions }: Pick<EventStore, 'comparePositions'>): OwnWrites {
  const positions = new LRUCache<string, Position>({ max: mostRemembered })
  return {
    written: (by, position) => {
      const before = positions.get(keyOf(by))
      if (before === undefined || comparePositions(before, position) < 0) positions.set(keyOf(by), position)
    },
    lastOf: (principal) => positions.get(keyOf(principal)),
  }
}

const keyOf = ({ role, id }: Principal): string => `${role}:${id}`
