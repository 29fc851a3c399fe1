import { DataDirectoryInUse, ownerOfEmbedded } from '@guichet/eventstore'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Environment } from '../environment/environment.ts'
import { makeDataFolder } from '../data-folder/make-folder.ts'
import { Fault } from '../fault/fault.ts'
import { notStarted, useEmbeddedDatabase } from './embedded-database.ts'
import type { DatabaseWatch, Watched } from './watch-database.ts'
import { watchDatabase } from './watch-database.ts'

/** A Postgres that took connections when it was opened. */
export type Database = {
  /** With the password: keep it out of logs. */
  readonly url: string
  /** As the role that owns the events, with the password; undefined where that is the role of `url`. */
  readonly ownerUrl: string | undefined
  /** `own` is the embedded Postgres that this process has started, `neighbour` the one that another process of ours had. */
  readonly kind: 'given' | 'own' | 'neighbour'
  /** Sees to what the log says while it is away. */
  readonly watch: DatabaseWatch
  close(): Promise<void>
}

export type DatabaseUse = {
  readonly serves: boolean
  readonly log: Logger
  /** Hears that the database is away, and that it is back; a warning in the log by default. */
  readonly announce?: (message: string) => void
}

/**
 * The database that the environment names: the given one, or the embedded Postgres of the data folder, which several processes
 * of ours may use at once; only one of them is the server.
 * @throws Fault `database_unavailable`, `database_refused`, `data_folder_in_use`, `data_folder_unusable` or
 * `database_not_started`.
 */
export async function openDatabase(
  { databaseUrl, databaseMigrationUrl: ownerUrl, home }: Environment,
  { serves, log, announce = (message) => log.warn(message) }: DatabaseUse,
): Promise<Database> {
  if (databaseUrl !== undefined) {
    await askDatabase(databaseUrl).catch((cause: unknown) => {
      throw unreachable(databaseUrl, cause)
    })
    const watch = watched(databaseUrl, { name: nameOf(databaseUrl), next: 'start it, or look into its log', announce })
    return { url: databaseUrl, ownerUrl, kind: 'given', watch, close: watch.stop }
  }
  await makeDataFolder(home)
  try {
    const embedded = await useEmbeddedDatabase({ home, serves, log })
    const next = 'a process that uses it starts it again within seconds'
    const watch = watched(embedded.url, { name: 'the embedded Postgres', next, announce })
    const close = async (): Promise<void> => {
      await watch.stop()
      await embedded.close()
    }
    return { ...embedded, ownerUrl: ownerOfEmbedded(embedded.url), watch, close }
  } catch (error) {
    if (error instanceof DataDirectoryInUse) throw inUse(home, error)
    throw new Fault('database_not_started', notStarted(error), { cause: error })
  }
}

function watched(
  url: string,
  { announce, ...named }: Pick<Watched, 'name' | 'next'> & Required<Pick<DatabaseUse, 'announce'>>,
): DatabaseWatch {
  return watchDatabase({ ...named, probe: () => askDatabase(url), say: announce })
}

/** Asks the database for something, on a connection of its own. @throws what the driver rejects with, within ten seconds. */
async function askDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end().catch(() => undefined)
  }
}

function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `the database at ${host}${pathname}`
}

function unreachable(url: string, cause: unknown): Fault {
  const { code, message } = cause as NodeJS.ErrnoException
  const refused = code !== undefined && /^(28|3D|42)/.test(code)
  return refused
    ? new Fault('database_refused', `the database at ${new URL(url).host} refuses the connection: ${message}`, {
        cause,
      })
    : new Fault('database_unavailable', `${nameOf(url)} cannot be reached (${code ?? message})`, {
        cause,
      })
}

function inUse(home: string, cause: DataDirectoryInUse): Fault {
  return new Fault('data_folder_in_use', `${home} is in use ${cause.owner}`, { cause })
}
