import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RunnerLog } from '../runner/activity.ts'
import { isTransient, messageOf } from '../runner/failure.ts'

/**
 * Indexes the parts of words by their trigrams, with the extension `pg_trgm`: it comes with Postgres and is trusted, so that
 * whoever may create a schema in the database may create it. Where it cannot be had, the log says so, and the words are
 * looked through one by one: what a search finds is the same.
 */
export async function createTrigramIndex(tx: Transaction<unknown>, log: RunnerLog): Promise<void> {
  const refused = await createExtension(tx)
  const schema = await schemaOfExtension(tx)
  if (schema !== undefined) {
    const operators = sql.id(schema, 'gin_trgm_ops')
    await sql`create index on ticket_word using gin (word ${operators}) with (gin_pending_list_limit = 64)`.execute(tx)
    return
  }
  log(
    'warn',
    `the extension pg_trgm cannot be had (${refused ?? 'it is not there'}): searches for parts of words are slower. ` +
      'Let an administrator run "create extension pg_trgm schema public", then rebuild the read model "search"',
  )
}

/** Creates the extension where every generation finds it; one that is there already stays where it is. @returns why not. */
async function createExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  if ((await schemaOfExtension(tx)) !== undefined) return undefined
  await sql`savepoint trigrams`.execute(tx)
  try {
    await sql`create extension if not exists pg_trgm schema public`.execute(tx)
    await sql`release savepoint trigrams`.execute(tx)
    return undefined
  } catch (error) {
    if (isTransient(error)) throw error
    await sql`rollback to savepoint trigrams`.execute(tx)
    return messageOf(error)
  }
}

async function schemaOfExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`
    select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'`.execute(tx)
  return rows[0]?.schema
}
