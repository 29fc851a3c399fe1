import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's URL of the test run's Postgres. */
    postgresUrl: string
  }
}

/** A database of its own for one test file. */
export type TestDatabase = { readonly url: string; drop(): Promise<void> }

const graceMs = 2_000

/**
 * Creates an empty database in the Postgres of the test run. `drop` gives connections that are being closed a moment,
 * then ends what is still connected.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const url = new URL(admin)
  url.pathname = `/${name}`
  await connected(admin, (client) => create(client, name))
  return { url: url.href, drop: () => connected(admin, (client) => drop(client, name)) }
}

/** By a copy of files, at a third of the price of one through the log; before Postgres 15 there is no other way. */
async function create(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ number: number }>(
    `select current_setting('server_version_num')::integer as number`,
  )
  await client.query(`create database ${name}${(rows[0]?.number ?? 0) < 150_000 ? '' : ' strategy file_copy'}`)
}

async function drop(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + graceMs
  const stillConnected = async (): Promise<boolean> => {
    const { rowCount } = await client.query('select from pg_stat_activity where datname = $1', [name])
    return rowCount !== 0
  }
  while (Date.now() < deadline && (await stillConnected())) await client.query('select pg_sleep(0.01)')
  await client.query(`drop database if exists ${name} with (force)`)
}

async function connected(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
