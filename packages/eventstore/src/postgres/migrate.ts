import type { Pool } from 'pg'
import { migrateSchema, SchemaTooNew } from '../migration/index.ts'
import { StoreUnusable } from '../failure/index.ts'
import { events } from './migrations/001-events.ts'
import { identity } from './migrations/002-identity.ts'
import { appendOnly } from './migrations/003-append-only.ts'
import { readAllByBytes } from './migrations/004-read-all-by-bytes.ts'

const schemaName = /^[a-z_][a-z0-9_]{0,49}$/

/**
 * Brings the event store's schema up to date.
 * @throws RangeError for a schema name other than lower-case letters, digits and underscores; StoreUnusable when
 * Postgres is older than 14 or the schema is newer than this program.
 */
export async function migrate(pool: Pool, schema: string): Promise<void> {
  if (!schemaName.test(schema)) throw new RangeError(`not a schema name: ${schema}`)
  await assertPostgresVersion(pool)
  try {
    const steps = [events, identity, appendOnly, readAllByBytes].map((step) => step(schema))
    await migrateSchema(pool, { schema, part: 'events', steps })
  } catch (error) {
    throw error instanceof SchemaTooNew ? new StoreUnusable('schema_too_new', error.message) : error
  }
}

async function assertPostgresVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as name`,
  )
  const [server] = rows
  if (server && server.number < 140_000) {
    throw new StoreUnusable('postgres_too_old', `Postgres 14 or newer is needed; this server is ${server.name}`)
  }
}
