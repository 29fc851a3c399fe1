import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { KeptState } from './stream-folding.ts'

/** Reads the states of streams, by id, from a table that keeps them in the columns `id`, `version` and `state`. */
export async function keptStates<S>(
  tx: Transaction<unknown>,
  table: string,
  ids: readonly string[],
): Promise<readonly KeptState<S>[]> {
  const { rows } = await sql<KeptState<S>>`
    select id, version, state from ${sql.table(table)} where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}
