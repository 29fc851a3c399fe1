import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { Cluster, Server, Settings } from './cluster.ts'
import { createCluster, isServing, openCluster, resetPassword, startServer, stopServer } from './cluster.ts'
import { freePort } from './free-port.ts'
import { takeOwnership } from './ownership.ts'
import { readPostmaster } from './postmaster.ts'
import type { Remembered } from './remembered.ts'
import { ensureRole, handOver, runningRole, superuser } from './roles.ts'
import { newlyRemembered, recall, remember } from './remembered.ts'

export type EmbeddedPostgres = {
  /** Of the database `guichet`, as a role that is no superuser, with the password: keep it out of logs. */
  readonly url: string
  /** Resolves when the server is gone, by `stop` or otherwise. */
  readonly exited: Promise<void>
  /** Ends all connections, writes everything down, and gives the data directory free. */
  stop(): Promise<void>
}

export type EmbeddedPostgresOptions = {
  /** Where the data lives, from one start to the next. */
  readonly dataDir: string
  /** A TCP port of 127.0.0.1; without it the one of the last start, or a free one. */
  readonly port?: number
  /** Receives the server's log, line by line. */
  readonly log?: (line: string) => void
}

/** For a small machine with a fast disk; everything that makes data safe stays at its safe default. */
const settings: Settings = {
  max_connections: '60',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
}

/**
 * Runs a real Postgres of the data directory's own, for exactly one process at a time. It is created at the first
 * start. When this process ends without `stop`, even by `kill -9`, the server shuts down too, and nothing that was
 * committed is lost. Where the file with its password is missing, it is given a new one. Not on Windows.
 * @throws DataDirectoryInUse when another process runs it; Error when Postgres cannot be installed or started.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  assertNotWindows()
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true })
  const ownership = await takeOwnership(dataDir)
  try {
    const cluster = await openCluster(join(dataDir, 'postgres'))
    const known = await recall(dataDir)
    const remembered = known ?? newlyRemembered()
    const created = await ensureCreated(cluster, remembered.password)
    const stranger = await stopSurvivor(cluster)
    if (!created && !known) await resetPassword(cluster, remembered.password, stranger)
    const { server, port } = await startOnSomePort(cluster, remembered, options, stranger)
    try {
      await remember(dataDir, { ...remembered, port })
      const url = await ensureDatabase(remembered.password, port)
      return {
        url,
        exited: server.exited,
        stop: async () => {
          await server.stop()
          await ownership.release()
        },
      }
    } catch (error) {
      await server.stop()
      throw error
    }
  } catch (error) {
    await ownership.release()
    throw error
  }
}

/** Nothing there ends the server with its owner, or tells a process from an earlier one of the same id. */
function assertNotWindows(): void {
  if (process.platform !== 'win32') return
  throw new Error(
    'the embedded Postgres does not run on Windows: set DATABASE_URL to a Postgres 14 or newer, or use WSL',
  )
}

/** Creates the cluster with a password, unless there is one; answers whether it did. */
async function ensureCreated(cluster: Cluster, password: string): Promise<boolean> {
  const version = await readFile(join(cluster.folder, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) return false
  await createCluster(cluster, password)
  return true
}

/**
 * Stops a server that has outlived its owner. After that, a process id that the server's own lock file still names
 * belongs to nobody or to a stranger; answers it.
 */
async function stopSurvivor(cluster: Cluster): Promise<number | undefined> {
  if (await isServing(cluster)) await stopServer(cluster)
  return (await readPostmaster(cluster.folder))?.pid
}

async function startOnSomePort(
  cluster: Cluster,
  remembered: Remembered,
  { port: wanted, log }: EmbeddedPostgresOptions,
  stranger: number | undefined,
): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort(attempt === 1 ? remembered.port : 0))
    try {
      return { server: await startServer(cluster, { port, settings, log, stranger }), port }
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('could not bind')
      if (!taken || wanted !== undefined || attempt === 5) throw error
    }
  }
}

async function ensureDatabase(password: string, port: number): Promise<string> {
  const at = (role: string, database: string): string => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  await asked(at(superuser, 'postgres'), async (client) => {
    await ensureRole(client, password)
    const { rowCount } = await client.query(`select from pg_database where datname = 'guichet'`)
    if (rowCount === 0) await client.query('create database guichet')
  })
  await asked(at(superuser, 'guichet'), handOver)
  return at(runningRole, 'guichet')
}

async function asked(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', reportedByTheQuery)
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end()
  }
}

const reportedByTheQuery = (): void => undefined
