import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Append, EventCatalogue } from '@guichet/domain'
import type { SlowAppend } from '../contract/harness.ts'
import { createCluster, openCluster, startOnFreePort } from '../embedded/cluster.ts'
import { appendWithin, toStorable } from '../postgres/append.ts'

/** A Postgres that lives as long as a test run; `url` is its administrator's. */
export type TestPostgres = { readonly url: string; stop(): Promise<void> }

/** Tests open connections by the thousand: deriving a key with the usual 4,096 iterations takes most of the time of each. */
const oneIteration = { scram_iterations: '1' }

/**
 * Starts an empty Postgres in a temporary folder, on a free port. With the environment variable
 * GUICHET_TEST_DATABASE_URL it is that server instead, which is left running.
 * `durable: false` turns fsync and autovacuum off: faster, and safe against everything but a crash of the machine.
 */
export async function startTestPostgres(options: { readonly durable?: boolean } = {}): Promise<TestPostgres> {
  const given = process.env['GUICHET_TEST_DATABASE_URL']
  if (given) return { url: given, stop: async () => undefined }

  const temporary = await mkdtemp(join(tmpdir(), 'guichet-test-'))
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true })
  try {
    await chmod(temporary, 0o755)
    const { url, stop } = await startIn(join(temporary, 'postgres'), options)
    return {
      url,
      stop: async () => {
        await stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function startIn(folder: string, { durable = true }: { readonly durable?: boolean }): Promise<TestPostgres> {
  const cluster = await openCluster(folder)
  await createCluster(cluster, 'test')
  const fast = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' }
  const { server, port } = await startOnFreePort(cluster, {
    settings: { max_connections: '600', ...oneIteration, ...(!durable && fast) },
  })
  const url = `postgres://postgres:test@127.0.0.1:${port}/postgres`
  try {
    // Stored again, with as many iterations as passwords have from now on.
    await connected(url, (client) => client.query(`alter role postgres password 'test'`))
    return { url, stop: () => server.stop() }
  } catch (error) {
    await server.stop()
    throw error
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's URL of the test run's Postgres. */
    postgresUrl: string
    /** The prefix of the run's template names; another run on the same server has its own. */
    templatePrefix: string
  }
}

/** A separate database for one test file. */
export type TestDatabase = { readonly url: string; drop(): Promise<void> }

/** The initial contents of many databases of a test run: prepared once, then copied. */
export type DatabaseTemplate = {
  /** In lower case with underscores; templates with the same name have the same contents. */
  readonly name: string
  /** Fills an empty database, and leaves no connection to it open. */
  prepare(url: string): Promise<void>
}

/** Ends the work that another server does for a database. */
type EndWork = (url: string) => Promise<void>

const ending = new Set<EndWork>()

/**
 * From now on, work that another server does for a test's database ends before that database is dropped.
 * @returns a function that takes this back.
 */
export function beforeDrop(endWork: EndWork): () => void {
  ending.add(endWork)
  return () => void ending.delete(endWork)
}

const graceMs = 2_000

/**
 * Creates a database in the Postgres of the test run, an empty one unless a template is given. `drop` ends the work that
 * other servers do for it, waits a moment for connections that are being closed, then ends the remaining ones.
 */
export async function createTestDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withAdministrator(admin, async (client) => {
    const copied = template && (await prepared(client, template))
    await client.query(`create database ${name}${copied ? ` template ${copied}` : await byFiles(client)}`)
  })
  const url = urlOf(name)
  return {
    url,
    drop: async () => {
      await Promise.all([...ending].map((endWork) => endWork(url)))
      await withAdministrator(admin, (client) => drop(client, name))
    },
  }
}

/** The name of the database that holds a template, prepared by any process of the run. */
async function prepared(client: pg.ClientBase, { name, prepare }: DatabaseTemplate): Promise<string> {
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

/**
 * An empty database costs least as a copy of files, a third of the cost of a copy through the log; before Postgres 15
 * this is the only way.
 */
async function byFiles(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ number: number }>(
    `select current_setting('server_version_num')::integer as number`,
  )
  return (rows[0]?.number ?? 0) < 150_000 ? '' : ' strategy file_copy'
}

async function drop(client: pg.ClientBase, name: string): Promise<void> {
  await untilLeft(client, name)
  await client.query(`drop database if exists ${name} with (force)`)
}

/** Waits a moment for connections that are being closed. */
async function untilLeft(client: pg.ClientBase, name: string): Promise<void> {
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

/** Connections to the server of the run, which the tests of a process share. */
const administrators = new Map<string, pg.Pool>()

async function withAdministrator(url: string, work: (client: pg.ClientBase) => Promise<unknown>): Promise<void> {
  let pool = administrators.get(url)
  if (!pool) {
    pool = new pg.Pool({ connectionString: url, max: 20, idleTimeoutMillis: 5_000, allowExitOnIdle: true })
    pool.on('error', () => undefined)
    administrators.set(url, pool)
  }
  const client = await pool.connect()
  try {
    await work(client)
  } finally {
    client.release()
  }
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

/** Appends to a Postgres store in a transaction that stays open until the test ends it. */
export async function appendSlowly(
  url: string,
  catalogue: EventCatalogue,
  append: Append,
  schema = 'guichet',
): Promise<SlowAppend> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  let hasEnded = false
  const end = async (statement: 'commit' | 'rollback'): Promise<void> => {
    if (hasEnded) return
    hasEnded = true
    await client.query(statement)
    await client.end()
  }
  await client.query('begin')
  const [outcome] = await appendWithin(client, schema, [toStorable(catalogue, append)])
  if (typeof outcome !== 'object' || outcome.kind !== 'appended') {
    await end('rollback')
    throw new Error(`the slow append was answered ${JSON.stringify(outcome)}`)
  }
  return { commit: () => end('commit'), rollback: () => end('rollback') }
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address in `EVENTSTORE_URL`, when the tests run with one. */
    eventStoreUrl?: string | undefined
  }
}

/** An EventStoreDB address with an unused prefix: a new, empty history on a server that holds others. */
export function withOwnStreams(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}streamPrefix=test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
}
