import type { Pool, PoolClient } from 'pg'

/** A part of the schema `guichet_workflows` with its history, oldest step first; a step is never changed once released. */
export type SchemaPart = {
  readonly name: string
  readonly migrations: readonly string[]
  /** What must be there before the first step; it runs every time, and may use other connections of the pool. */
  readonly prepare?: (pool: Pool) => Promise<void>
}

/** Brings a part of the schema up to date, in one transaction; concurrent callers wait for each other. */
export async function applyMigrations(pool: Pool, part: SchemaPart): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('migrations of guichet_workflows', 0))`)
    await part.prepare?.(pool)
    await apply(client, part)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

async function apply(client: PoolClient, { name, migrations }: SchemaPart): Promise<void> {
  await client.query(`
    create schema if not exists guichet_workflows;
    create table if not exists guichet_workflows.migrations (
      part text not null,
      version integer not null,
      applied_at timestamptz not null default now(),
      primary key (part, version)
    )`)
  const { rows } = await client.query<{ version: number }>(
    'select coalesce(max(version), 0) as version from guichet_workflows.migrations where part = $1',
    [name],
  )
  const applied = rows[0]?.version ?? 0
  if (applied > migrations.length) {
    throw new Error(`the schema of the ${name} has version ${applied}, newer than the ${migrations.length} known here`)
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < applied) continue
    await client.query(migration)
    await client.query('insert into guichet_workflows.migrations (part, version) values ($1, $2)', [name, index + 1])
  }
}
