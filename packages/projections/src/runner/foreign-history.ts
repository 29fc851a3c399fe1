import type { EventStore } from '@guichet/domain'
import type { Pool } from 'pg'
import type { Generation } from './generation.ts'

/** The read models of a database follow another event store: none of their positions means anything in this one. */
export class ForeignHistory extends Error {
  override readonly name = 'ForeignHistory'
  constructor() {
    super('the read models of this database follow another event store')
  }
}

/** @throws ForeignHistory when a position is not written as this store writes positions. */
export function assertOwnPositions(generations: readonly Generation[], { isPosition }: EventStore): void {
  const known = generations.flatMap(({ position }) => position ?? [])
  if (!known.every((position) => isPosition(position))) throw new ForeignHistory()
}

/**
 * Compares the identity of the store with the one that the read models have followed. A database that has followed none, or
 * was written before stores had identities, follows this one from now on.
 * @throws ForeignHistory for another store.
 */
export async function assertFollowedStore(pool: Pool, store: EventStore): Promise<void> {
  const identity = await store.identity()
  await pool.query('insert into guichet_projections.followed_store (identity) values ($1) on conflict do nothing', [
    identity,
  ])
  const { rows } = await pool.query<{ identity: string }>('select identity from guichet_projections.followed_store')
  if (rows[0]?.identity !== identity) throw new ForeignHistory()
}
