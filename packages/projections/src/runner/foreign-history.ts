import type { EventStore } from '@guichet/domain'
import type { Generation } from './generation.ts'

/** The read models of a database follow another event store: none of their positions means anything in this one. */
export class ForeignHistory extends Error {
  override readonly name = 'ForeignHistory'
  constructor() {
    super('the read models of this database follow another event store')
  }
}

/** @throws ForeignHistory when a position is not written as this store writes positions. */
export function assertOwnHistory(generations: readonly Generation[], { isPosition }: EventStore): void {
  const known = generations.flatMap(({ position }) => position ?? [])
  if (!known.every((position) => isPosition(position))) throw new ForeignHistory()
}
