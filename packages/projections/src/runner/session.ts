import { Socket } from 'node:net'
import type { DatabaseConnection } from 'kysely'
import {
  DefaultQueryExecutor,
  DummyDriver,
  PostgresAdapter,
  PostgresDialect,
  PostgresQueryCompiler,
  Transaction,
} from 'kysely'
import type { Client, Pool, QueryResultRow } from 'pg'
import pg from 'pg'

/** A database connection of the runner's own, beside the pool, so that readers cannot starve it. */
export type Session = {
  /** The server's backend process; when it ends, the leases taken with it are free. */
  readonly backend: { readonly id: number; readonly since: string }
  /** Kysely within the connection's current transaction. */
  readonly tx: Transaction<unknown>
  /** True once the connection is unusable. */
  broken(): boolean
  query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** Begins a transaction with a projection's settings; later statements need not wait for it. */
  begin(searchPath: string): Promise<unknown>
  /** Ends the transaction under way; a broken connection has ended it already. */
  rollback(): Promise<void>
  close(): Promise<void>
}

/** How long a transaction of a frozen process keeps its locks, in milliseconds. */
const longestIdleMs = 30_000

/**
 * Connects with the pool's settings. Statements that are not awaited are pipelined.
 * @param idleMs the milliseconds without a statement after which the server ends a transaction and its connection, so
 * that no one waits for rows that a frozen process has begun to write; 30,000 by default.
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
      'select pid as id, backend_start::text as since from pg_stat_get_activity(pg_backend_pid())',
    )
    if (!backend) throw new Error('the connection does not see itself among the backends')
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

const changing: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/**
 * Kysely over a connection whose transactions begin and end elsewhere, so that both can be sent with other statements.
 * Statements that are not awaited follow each other in one round trip where the connection pipelines.
 */
function transactionOn(client: Client, pool: Pool): Transaction<unknown> {
  const names = statementNames()
  const connection: DatabaseConnection = {
    async executeQuery<R>(compiled: { readonly sql: string; readonly parameters: readonly unknown[] }) {
      const { command, rowCount, rows } = await client.query({
        name: names.of(compiled.sql),
        text: compiled.sql,
        values: [...compiled.parameters],
      })
      return {
        rows: (rows ?? []) as R[],
        ...(changing.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }),
      }
    },
    streamQuery() {
      throw new Error('a projection loads what it needs at once: streams are not supported')
    },
  }
  const dialect = new PostgresDialect({ pool })
  const executor = new DefaultQueryExecutor(new PostgresQueryCompiler(), new PostgresAdapter(), {
    provideConnection: (consumer) => consumer(connection),
  })
  return new Transaction<unknown>({ config: { dialect }, dialect, driver: new DummyDriver(), executor })
}

/**
 * The maximum number of prepared statements: the server parses and plans each once per connection. Covers what
 * projections reasonably have.
 */
const mostPrepared = 200

function statementNames(): { of(sql: string): string | undefined } {
  const names = new Map<string, string>()
  return {
    of(sql) {
      const name = names.get(sql)
      if (name !== undefined || names.size >= mostPrepared) return name
      const fresh = `projection_${names.size}`
      names.set(sql, fresh)
      return fresh
    },
  }
}

/**
 * A socket that sends everything written in one turn of the event loop together: a batch of pipelined statements costs
 * one system call instead of one each. pg corks its socket for every statement.
 */
class GatheringSocket extends Socket {
  #gathering = false

  override cork(): void {
    super.cork()
    if (this.#gathering) return
    this.#gathering = true
    super.cork()
    process.nextTick(() => {
      this.#gathering = false
      this.uncork()
    })
  }
}
