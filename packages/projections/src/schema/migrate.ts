import type { Pool, PoolClient } from 'pg'
import { generations } from './migrations/001-generations.ts'

/** Every step of the schema's history, oldest first; a step is never changed once released. */
const migrations: readonly string[] = [generations]

/**
 * Brings the schema `guichet_projections` up to date in one transaction; concurrent callers wait for each other. A
 * schema that is up to date is only looked at, which takes no right to change it.
 * @throws Error when the schema is newer than this program.
 */
export async function migrateProjections(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    if ((await appliedVersion(client)) < migrations.length) await apply(client)
  } finally {
    client.release()
  }
}

async function apply(client: PoolClient): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('migrations of guichet_projections', 0))`)
    const applied = await appliedVersion(client)
    if (applied === 0) await createHistory(client)
    for (const [index, migration] of migrations.entries()) {
      if (index < applied) continue
      await client.query(migration)
      await client.query('insert into guichet_projections.migrations (version) values ($1)', [index + 1])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function createHistory(client: PoolClient): Promise<void> {
  await client.query(`
    create schema if not exists guichet_projections;
    create table guichet_projections.migrations (
      version integer primary key,
      applied_at timestamptz not null default now()
    )`)
}

async function appliedVersion(client: PoolClient): Promise<number> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select exists (
      select from pg_catalog.pg_tables where schemaname = 'guichet_projections' and tablename = 'migrations'
    ) as exists`,
  )
  if (!tables[0]?.exists) return 0
  const { rows } = await client.query<{ version: number | null }>(
    'select max(version) as version from guichet_projections.migrations',
  )
  const version = rows[0]?.version ?? 0
  if (version > migrations.length) {
    throw new Error(
      `the schema guichet_projections has version ${version}, newer than the ${migrations.length} this program knows: update the program`,
    )
  }
  return version
}
