import { startTestPostgres } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

/** One Postgres for the whole run; each test file creates its own databases in it, empty or from a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres({ durable: false })
  const prefix = `template_${randomUUID().slice(0, 8)}_`
  project.provide('postgresUrl', postgres.url)
  project.provide('templatePrefix', prefix)
  return async () => {
    await dropDatabases(postgres.url, prefix)
    await postgres.stop()
  }
}

/** Leaves a server that was running before as it was. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [prefix],
  )
  for (const { name } of rows) await client.query(`drop database ${name} with (force)`)
  await client.end()
}
