import type { Pool, PoolClient } from 'pg'
import { StoreUnusable } from '../failure/index.ts'

/**
 * Checks that the stored transaction ids lie below those this server will hand out. They do not after a dump has been
 * restored into a server that has counted less far: events would be invisible, or come in the wrong order.
 * @throws StoreUnusable with reason `transaction_ids_ahead`.
 */
export async function assertTransactionIds(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ ahead: boolean }>(`select ${ahead(schema)} as ahead`)
  if (rows[0]?.ahead) {
    throw new StoreUnusable(
      'transaction_ids_ahead',
      `the events of schema ${schema} were written by a server that had counted more transactions than this one, ` +
        'as after restoring a dump; stop every program that uses them and run `guichet repair` (repairTransactionIds) once',
    )
  }
}

/**
 * Makes restored events readable: transactions of this server count on from the last stored one. History, positions
 * and checkpoints stay as they are. Run it while nothing else uses the store; it is harmless when nothing is wrong.
 * @returns whether something was wrong.
 */
export async function repairTransactionIds(pool: Pool, schema = 'guichet'): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    if (!(await exists(client, schema))) return false
    // Whoever owns the events has given away the rights to change them, and a lock takes one.
    await client.query(`
      grant truncate on ${schema}.events to current_user;
      lock table ${schema}.events in access exclusive mode;
      revoke truncate on ${schema}.events from current_user`)
    const { rows } = await client.query<{ ahead: boolean; distance: string }>(
      `select ${ahead(schema)} as ahead, ${last(schema)} + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint as distance`,
    )
    const [found] = rows
    if (!found?.ahead) return false
    await client.query(
      `create or replace function ${schema}.transaction_offset() returns bigint
       language sql immutable parallel safe as 'select bigint ''${BigInt(found.distance)}'''`,
    )
    await client.query('commit')
    return true
  } finally {
    await client.query('rollback').catch(() => undefined)
    client.release()
  }
}

async function exists(client: PoolClient, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    `${schema}.events`,
  ])
  return rows[0]?.there === true
}

/** The last stored transaction. Postgres 14 has no `max` of transaction ids. */
const last = (schema: string): string =>
  `(select transaction_id::text::bigint from ${schema}.events order by events.transaction_id desc limit 1)`

const ahead = (schema: string): string => `coalesce(
  ${last(schema)} >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + ${schema}.transaction_offset(), false)`
