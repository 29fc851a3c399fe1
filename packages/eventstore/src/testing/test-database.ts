import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's URL of the test run's Postgres. */
    postgresUrl: string
    /** What the names of the run's templates begin with: another run on the same server has its own. */
    templatePrefix: string
  }
}

/** A database of its own for one test file. */
export type TestDatabase = { readonly url: string; drop(): Promise<void> }

/** What many databases of a test run begin with: prepared once, then copied. */
export type DatabaseTemplate = {
  /** In lower case with underscores; who gives the same name prepares the same. */
  readonly name: string
  /** Fills an empty database, and leaves no connection to it open. */
  prepare(url: string): Promise<void>
}

const graceMs = 2_000

/**
 * Creates a database in the Postgres of the test run, an empty one unless a template is given. `drop` gives connections that
 * are being closed a moment, then ends what is still connected.
 */
export async function createTestDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await connected(admin, async (client) => {
    const copied = template && (await prepared(client, template))
    await client.query(`create database ${name}${copied ? ` template ${copied}` : await byFiles(client)}`)
  })
  return { url: urlOf(name), drop: () => connected(admin, (client) => drop(client, name)) }
}

/** The name of the database that holds a template, whichever process of the run has prepared it. */
async function prepared(client: pg.Client, { name, prepare }: DatabaseTemplate): Promise<string> {
  const database = `${inject('templatePrefix')}${name}`
  const unfinished = `${database}_unfinished`
  const lock = [database]
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', lock)
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount !== 0) return database
    await client.query(`drop database if exists ${unfinished} with (force)`)
    await client.query(`create database ${unfinished}`)
    await prepare(urlOf(unfinished))
    await untilLeft(client, unfinished)
    await client.query(`alter database ${unfinished} rename to ${database}`)
    return database
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', lock)
  }
}

/** An empty database costs least as a copy of files, a third of what it does through the log; before Postgres 15 there is no other way. */
async function byFiles(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ number: number }>(
    `select current_setting('server_version_num')::integer as number`,
  )
  return (rows[0]?.number ?? 0) < 150_000 ? '' : ' strategy file_copy'
}

async function drop(client: pg.Client, name: string): Promise<void> {
  await untilLeft(client, name)
  await client.query(`drop database if exists ${name} with (force)`)
}

/** Waits a moment for connections that are being closed. */
async function untilLeft(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + graceMs
  const stillConnected = async (): Promise<boolean> => {
    const { rowCount } = await client.query('select from pg_stat_activity where datname = $1', [name])
    return rowCount !== 0
  }
  while (Date.now() < deadline && (await stillConnected())) await client.query('select pg_sleep(0.01)')
}

function urlOf(database: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${database}`
  return url.href
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
