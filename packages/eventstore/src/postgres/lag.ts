import type { Position } from '@guichet/domain'
import type { Pool } from 'pg'
import { appendLock } from './migrations/001-events.ts'
import { beginning, toPlace, toPosition } from './position.ts'
import { head } from './read.ts'

/** How far readers are behind writers, and what holds them up. */
export type Lag = {
  /** The last event that readers may see. */
  readonly readable: Position | undefined
  /** The last event that is committed. */
  readonly newest: Position | undefined
  /**
   * Events that are committed but must wait for an older append to end, or for 200 ms at most for any older transaction
   * in the server.
   */
  readonly hiddenEvents: number
  /**
   * The oldest append under way. Age in milliseconds. Seeing those of other accounts takes the role
   * `pg_read_all_stats`.
   */
  readonly oldestWriter: { readonly ageMs: number; readonly description: string } | undefined
}

/** Measures the lag; cheap enough to be asked every few seconds. */
export async function measureLag(pool: Pool, schema: string): Promise<Lag> {
  const readable = await head({ pool, schema })
  const { transactionId, position } = readable === undefined ? beginning : toPlace(readable)
  const [newest, hidden, writers] = await Promise.all([
    pool.query<{ transaction: string; position: string }>(
      `select transaction_id::text as transaction, position::text from ${schema}.events
       order by events.transaction_id desc, events.position desc limit 1`,
    ),
    pool.query<{ hidden: string }>(
      `select count(*)::text as hidden from ${schema}.events where (transaction_id, position) > ($1::xid8, $2::bigint)`,
      [transactionId, position],
    ),
    pool.query<{ age: number; description: string }>(`
      select extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as age,
        format('process %s of %s: %s', pid, usename, left(query, 200)) as description
      from pg_stat_activity
      where xact_start is not null and pid in (
        select pid from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = ${appendLock}
          and objid = (hashtext('${schema}')::bigint & 4294967295)::oid
          and database = (select oid from pg_database where datname = current_database()))
      order by xact_start limit 1`),
  ])
  const [last] = newest.rows
  const [writer] = writers.rows
  return {
    readable,
    newest: last && toPosition(last.transaction, last.position),
    hiddenEvents: Number(hidden.rows[0]?.hidden ?? 0),
    oldestWriter: writer && { ageMs: Math.max(0, writer.age), description: writer.description },
  }
}
