import type { DatabaseConnection } from 'kysely'
import {
  DefaultQueryExecutor,
  DummyDriver,
  PostgresAdapter,
  PostgresDialect,
  PostgresQueryCompiler,
  Transaction,
} from 'kysely'
import type { Client, Pool } from 'pg'

const changing: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/**
 * Kysely over a connection whose transactions begin and end elsewhere, so that both can travel with other statements.
 * Statements that are not awaited follow each other in one round trip where the connection pipelines.
 */
export function transactionOn(client: Client, pool: Pool): Transaction<unknown> {
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

/** The server parses and plans a statement once per connection: as many as projections reasonably have, and no more. */
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
