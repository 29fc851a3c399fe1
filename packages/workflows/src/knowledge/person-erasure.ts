import type { Pool, PoolClient } from 'pg'
import type { Instant } from '@guichet/domain'
import { inTransaction } from '@guichet/eventstore'
import { retryAfterLockFailure } from '../lock-failure.ts'

const erasures = `hashtextextended('erasure of people', 0)`

/** How far the clocks of two servers may be apart. */
const clockDifference = `interval '5 seconds'`

/** Stores what was gathered of people: whoever erases waits for it, or it waits for them, and sees it afterwards. */
export const whileNobodyIsErased = (pool: Pool, store: (client: PoolClient) => Promise<unknown>): Promise<void> =>
  retryAfterLockFailure(() =>
    inTransaction(pool, async (client) => {
      await client.query(`select pg_advisory_xact_lock_shared(${erasures})`)
      await store(client)
    }),
  )

/** Marks people as erased in the transaction in which they are: what was gathered of them before is not stored any more. */
export async function markErased(client: PoolClient, personIds: readonly string[], at: Instant): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${erasures})`)
  await client.query(
    `insert into guichet_knowledge.erased_person (person_id, erased_at) select distinct id, $2::timestamptz from unnest($1::text[]) id
     on conflict (person_id) do update set erased_at = greatest(erased_person.erased_at, excluded.erased_at)`,
    [personIds, at],
  )
}

/**
 * Selects a row where a person was erased after what they did at a moment.
 * @param personId their id, in SQL.
 * @param at the moment, in SQL.
 */
export const erasedSince = (personId: string, at: string): string =>
  `select from guichet_knowledge.erased_person e where e.person_id = ${personId} and ${at} <= e.erased_at + ${clockDifference}`
