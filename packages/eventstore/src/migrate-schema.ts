import type { Pool, PoolClient } from 'pg'
import pg from 'pg'

/** A part of a Postgres schema that is migrated by itself. */
export type SchemaPart = {
  /** The Postgres schema; it is created if it is missing. */
  readonly schema: string
  readonly part: string
  /** Every step of the part's history as SQL, oldest first; a released step never changes. */
  readonly steps: readonly string[]
  /** Creates what the first step requires; it runs before every migration, and may use the pool's other connections. */
  readonly prepare?: (pool: Pool) => Promise<void>
}

/** The schema was made by a newer version of the program. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
  constructor({ schema, part, steps }: SchemaPart, version: number) {
    super(
      `the ${part} in schema ${schema} have version ${version}, newer than the ${steps.length} this program knows: update the program`,
    )
  }
}

/** The database does not let its role create or change the schema. The message names who may, or what to grant. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused'
}

/**
 * Migrates a part of a schema in one transaction; concurrent callers wait for each other. A part that is up to date is
 * only read, which requires no right to change it.
 * @throws SchemaTooNew when the part is newer than this program; SchemaRefused when the role may not create or change
 * it.
 */
export async function migrateSchema(pool: Pool, part: SchemaPart): Promise<void> {
  const client = await pool.connect()
  client.on('error', reportedByTheQuery)
  try {
    if ((await appliedVersion(client, part)) < part.steps.length) await migrate(pool, client, part)
  } catch (error) {
    throw error instanceof pg.DatabaseError && error.code === insufficientPrivilege
      ? await refused(client, part.schema, error)
      : error
  } finally {
    client.off('error', reportedByTheQuery)
    client.release()
  }
}

const insufficientPrivilege = '42501'

async function refused(client: PoolClient, schema: string, cause: Error): Promise<SchemaRefused> {
  const { rows } = await client.query<{ role: string; remedy: string }>(
    `select current_user as role, coalesce(
       (select 'it belongs to ' || pg_get_userbyid(nspowner) from pg_namespace where nspname = $1 and nspowner <> r.oid),
       format('grant create on database %I to %I', current_database(), current_user)) as remedy
     from pg_roles r where rolname = current_user`,
    [schema],
  )
  const [{ role, remedy } = { role: '', remedy: '' }] = rows
  const message = `the role ${role} may not create or change the schema ${schema}: ${cause.message}; ${remedy}`
  return new SchemaRefused(message, { cause })
}

const reportedByTheQuery = (): void => undefined

async function migrate(pool: Pool, client: PoolClient, part: SchemaPart): Promise<void> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`migrations of ${part.schema}`])
    await part.prepare?.(pool)
    await applySteps(client, part)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function applySteps(client: PoolClient, part: SchemaPart): Promise<void> {
  const { schema, part: name, steps } = part
  await client.query(`
    create schema if not exists ${schema};
    create table if not exists ${schema}.migrations (
      part text not null,
      version integer not null,
      applied_at timestamptz not null default now(),
      primary key (part, version)
    )`)
  const applied = await appliedVersion(client, part)
  for (const [index, step] of steps.entries()) {
    if (index < applied) continue
    await client.query(step)
    await client.query(`insert into ${schema}.migrations (part, version) values ($1, $2)`, [name, index + 1])
  }
}

/** Reads the catalogue's tables: `to_regclass` may answer from before the lock was acquired. */
async function appliedVersion(client: PoolClient, part: SchemaPart): Promise<number> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select exists (
       select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = 'migrations' and c.relkind in ('r', 'p')) as exists`,
    [part.schema],
  )
  if (!tables[0]?.exists) return 0
  const { rows } = await client.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from ${part.schema}.migrations where part = $1`,
    [part.part],
  )
  const version = rows[0]?.version ?? 0
  if (version > part.steps.length) throw new SchemaTooNew(part, version)
  return version
}
