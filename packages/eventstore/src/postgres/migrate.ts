import type { Pool, PoolClient } from 'pg'
import { StoreUnusable } from './errors.ts'
import { events } from './migrations/001-events.ts'

/** Every step of the schema's history, oldest first; a step is never changed once released. */
const migrations: readonly ((schema: string) => string)[] = [events]

const schemaName = /^[a-z_][a-z0-9_]{0,49}$/

/**
 * Brings the schema up to date in one transaction; concurrent callers wait for each other. A schema that is up to date
 * is only looked at, which takes no right to change it.
 * @throws RangeError for a schema name other than lower-case letters, digits and underscores; StoreUnusable when
 * Postgres is older than 14 or the schema is newer than this program.
 */
export async function migrate(pool: Pool, schema: string): Promise<void> {
  if (!schemaName.test(schema)) throw new RangeError(`not a schema name: ${schema}`)
  const client = await pool.connect()
  try {
    await assertPostgresVersion(client)
    if ((await appliedVersion(client, schema)) < migrations.length) await apply(client, schema)
  } finally {
    client.release()
  }
}

async function apply(client: PoolClient, schema: string): Promise<void> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`migrations of ${schema}`])
    const applied = await appliedVersion(client, schema)
    if (applied === 0) await createHistory(client, schema)
    for (const [index, migration] of migrations.entries()) {
      if (index < applied) continue
      await client.query(migration(schema))
      await client.query(`insert into ${schema}.eventstore_migrations (version) values ($1)`, [index + 1])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function createHistory(client: PoolClient, schema: string): Promise<void> {
  await client.query(`
    create schema if not exists ${schema};
    create table ${schema}.eventstore_migrations (
      version integer primary key,
      applied_at timestamptz not null default now()
    )`)
}

async function appliedVersion(client: PoolClient, schema: string): Promise<number> {
  const table = `${schema}.eventstore_migrations`
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select exists (select from pg_catalog.pg_tables
       where schemaname = $1 and tablename = 'eventstore_migrations') as exists`,
    [schema],
  )
  if (!tables[0]?.exists) return 0
  const { rows } = await client.query<{ version: number }>(`select max(version) as version from ${table}`)
  const version = rows[0]?.version ?? 0
  if (version > migrations.length) {
    throw new StoreUnusable(
      'schema_too_new',
      `schema ${schema} has version ${version}, newer than the ${migrations.length} this program knows: update the program`,
    )
  }
  return version
}

async function assertPostgresVersion(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as name`,
  )
  const [server] = rows
  if (server && server.number < 140_000) {
    throw new StoreUnusable('postgres_too_old', `Postgres 14 or newer is needed; this server is ${server.name}`)
  }
}
