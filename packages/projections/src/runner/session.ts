import type { Transaction } from 'kysely'
import pg from 'pg'
import type { Pool, QueryResultRow } from 'pg'
import { GatheringSocket } from './gathering-socket.ts'
import { transactionOn } from './transaction.ts'

/** A database connection of the runner's own, beside the pool: readers cannot starve it. */
export type Session = {
  /** The server's process behind it: its end frees the leases that were taken with it. */
  readonly backend: { readonly id: number; readonly since: string }
  /** Kysely within whatever transaction the connection is in. */
  readonly tx: Transaction<unknown>
  /** True once the connection is of no more use. */
  broken(): boolean
  query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** Begins with the settings of a projection's transaction; what follows need not wait for it. */
  begin(searchPath: string): Promise<unknown>
  /** Ends the transaction under way; a broken connection has ended it already. */
  rollback(): Promise<void>
  close(): Promise<void>
}

/** How long a transaction of a process that stands still keeps its locks, in milliseconds. */
const longestIdleMs = 30_000

/**
 * Connects with the pool's settings; statements that are not awaited are pipelined.
 * @param idleMs after how many milliseconds without a statement the server ends a transaction, and the connection with
 * it, so that nobody waits for what a frozen process has begun to write; 30,000 by default.
 */
export async function openSession(
  pool: Pool,
  { idleMs = longestIdleMs }: { readonly idleMs?: number } = {},
): Promise<Session> {
  const client = new pg.Client({
    ...pool.options,
    password: pool.options.password,
    keepAlive: true,
    pipeline: true,
    stream: () => new GatheringSocket(),
  })
  let broken = false
  const lose = (): void => {
    broken = true
  }
  client.on('error', lose)
  client.on('end', lose)
  const close = async (): Promise<void> => {
    broken = true
    await client.end().catch(() => undefined)
  }
  const query = async <R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]> =>
    (await client.query<R>(text, values && [...values])).rows

  try {
    await client.connect()
    await client.query(`set jit = off; set idle_in_transaction_session_timeout = ${Math.ceil(idleMs)}`)
    const [backend] = await query<{ id: number; since: string }>(
      'select pid as id, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()',
    )
    if (!backend) throw new Error('the connection does not see itself in pg_stat_activity')
    return {
      backend,
      tx: transactionOn(client, pool),
      broken: () => broken,
      query,
      begin: (searchPath) =>
        client.query(`begin; set local synchronous_commit = off; set local search_path = ${searchPath}`),
      rollback: async () => {
        if (!broken) await client.query('rollback').catch(lose)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
