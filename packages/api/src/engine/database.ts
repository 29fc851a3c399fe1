import { setTimeout as delay } from 'node:timers/promises'
import { DataDirectoryInUse, startEmbeddedPostgres } from '@guichet/eventstore'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import { Fault } from '../fault/fault.ts'
import { announce, findRunning, withdraw } from './running.ts'

/** A Postgres that takes connections. */
export type Database = {
  /** With the password: keep it out of logs. */
  readonly url: string
  /** `own` is the embedded Postgres run by this process, `neighbour` the one that another process of ours runs. */
  readonly kind: 'given' | 'own' | 'neighbour'
  close(): Promise<void>
}

/** How long a process that has just begun to run the embedded Postgres is waited for. */
const patienceMs = 15_000

/**
 * The database of the configuration: the given one, or the embedded Postgres of the data folder. If another process runs
 * that one already, its Postgres is shared when `share` says so.
 * @throws Fault `database_unavailable`, `database_refused`, `data_folder_in_use` or `database_not_started`.
 */
export async function openDatabase(
  { databaseUrl, home }: Configuration,
  { share, log }: { readonly share: boolean; readonly log: Logger },
): Promise<Database> {
  if (databaseUrl !== undefined) {
    await assertReachable(databaseUrl)
    return { url: databaseUrl, kind: 'given', close: async () => undefined }
  }
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return await runEmbedded(home, log)
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse)) throw notStarted(error)
      const running = share ? await findRunning(home, error.pid) : undefined
      if (running) return { url: running.databaseUrl, kind: 'neighbour', close: async () => undefined }
      if (!share || Date.now() > deadline) throw inUse(home, error)
      await delay(200)
    }
  }
}

async function runEmbedded(home: string, log: Logger): Promise<Database> {
  const dataDir = home
  let postgres = await startEmbeddedPostgres({ dataDir, log: (line) => log.debug({ postgres: line }) })
  const { url } = postgres
  await announce(home, { pid: process.pid, databaseUrl: url })
  let closing = false

  /** A Postgres that ends by itself is started again, on the same port. */
  const supervise = async (): Promise<void> => {
    for (let pause = 100; !closing; pause = Math.min(pause * 2, 5_000)) {
      await postgres.exited
      if (closing) return
      log.warn('the embedded Postgres has ended; it is started again')
      try {
        await postgres.stop()
        postgres = await startEmbeddedPostgres({ dataDir, port: Number(new URL(url).port) })
        if (closing) await postgres.stop()
        pause = 50
      } catch (error) {
        log.error({ err: error }, 'the embedded Postgres does not start')
        await delay(pause)
      }
    }
  }
  const supervised = supervise()
  return {
    url,
    kind: 'own',
    close: async () => {
      closing = true
      await withdraw(home)
      await postgres.stop()
      await supervised
    },
  }
}

async function assertReachable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    await client.query('select 1')
  } catch (cause) {
    throw unreachable(url, cause)
  } finally {
    await client.end().catch(() => undefined)
  }
}

function unreachable(url: string, cause: unknown): Fault {
  const { host, pathname } = new URL(url)
  const { code, message } = cause as NodeJS.ErrnoException
  const refused = code !== undefined && /^(28|3D|42)/.test(code)
  return refused
    ? new Fault('database_refused', `the database at ${host} refuses the connection: ${message}`, { cause })
    : new Fault('database_unavailable', `the database at ${host}${pathname} cannot be reached (${code ?? message})`, {
        cause,
      })
}

function inUse(home: string, cause: DataDirectoryInUse): Fault {
  return new Fault('data_folder_in_use', `${home} is in use by process ${cause.pid}`, { cause })
}

function notStarted(cause: unknown): Fault {
  const message = cause instanceof Error ? (cause.message.split('\n').at(-1) ?? '') : String(cause)
  return new Fault('database_not_started', `the embedded Postgres does not start: ${message}`, { cause })
}
