import type { Position } from '@guichet/domain'
import type { Pool } from 'pg'
import { toPosition } from './position.ts'

/** How far readers are behind writers, and what holds them up. */
export type Lag = {
  /** The last event that readers may see. */
  readonly readable: Position | undefined
  /** The last event that is committed. */
  readonly newest: Position | undefined
  /** Events that are committed but must wait for an older transaction, anywhere in the server, to end. */
  readonly hiddenEvents: number
  /**
   * The oldest transaction of the server that has written something. Age in milliseconds. Seeing those of other
   * accounts takes the role `pg_read_all_stats`.
   */
  readonly oldestWriter: { readonly ageMs: number; readonly description: string } | undefined
}

type Row = { transaction: string; position: string; readable: boolean }

/** Measures the lag; cheap enough to be asked every few seconds. */
export async function measureLag(pool: Pool, schema: string): Promise<Lag> {
  const last = (condition: string, readable: boolean): string => `
    (select transaction_id::text as transaction, position::text, ${readable} as readable
     from ${schema}.events where ${condition} order by events.transaction_id desc, events.position desc limit 1)`
  const [ends, hidden, writers] = await Promise.all([
    pool.query<Row>(`${last('true', false)} union all ${last(`transaction_id < ${schema}.readable_before()`, true)}`),
    pool.query<{ hidden: string }>(
      `select count(*)::text as hidden from ${schema}.events where transaction_id >= ${schema}.readable_before()`,
    ),
    pool.query<{ age: number; description: string }>(`
      select extract(epoch from clock_timestamp() - since)::float8 * 1000 as age, description
      from (
        select xact_start as since, format('process %s of %s: %s', pid, usename, left(query, 200)) as description
        from pg_stat_activity where backend_xid is not null and xact_start is not null
        union all
        select prepared, format('prepared transaction %s', gid) from pg_prepared_xacts
      ) as writers
      order by since limit 1`),
  ])
  const at = (readable: boolean): Position | undefined => {
    const row = ends.rows.find((end) => end.readable === readable)
    return row && toPosition(row.transaction, row.position)
  }
  const [writer] = writers.rows
  return {
    readable: at(true),
    newest: at(false),
    hiddenEvents: Number(hidden.rows[0]?.hidden ?? 0),
    oldestWriter: writer && { ageMs: Math.max(0, writer.age), description: writer.description },
  }
}
