import { DataDirectoryInUse } from '@guichet/eventstore'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import { makeDataFolder } from '../data-folder/make-folder.ts'
import { Fault } from '../fault/fault.ts'
import { useEmbeddedDatabase } from './embedded-database.ts'

/** A Postgres that takes connections. */
export type Database = {
  /** With the password: keep it out of logs. */
  readonly url: string
  /** `own` is the embedded Postgres that this process has started, `neighbour` the one that another process of ours had. */
  readonly kind: 'given' | 'own' | 'neighbour'
  close(): Promise<void>
}

/**
 * The database of the configuration: the given one, or the embedded Postgres of the data folder, which several processes
 * of ours may use at once; only one of them is the server.
 * @throws Fault `database_unavailable`, `database_refused`, `data_folder_in_use`, `data_folder_unusable` or
 * `database_not_started`.
 */
export async function openDatabase(
  { databaseUrl, home }: Configuration,
  { serves, log }: { readonly serves: boolean; readonly log: Logger },
): Promise<Database> {
  if (databaseUrl !== undefined) {
    await assertReachable(databaseUrl)
    return { url: databaseUrl, kind: 'given', close: async () => undefined }
  }
  await makeDataFolder(home)
  try {
    return await useEmbeddedDatabase({ home, serves, log })
  } catch (error) {
    throw error instanceof DataDirectoryInUse ? inUse(home, error) : notStarted(error)
  }
}

async function assertReachable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
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
  return new Fault('data_folder_in_use', `${home} is in use ${cause.owner}`, { cause })
}

function notStarted(cause: unknown): Fault {
  const message = cause instanceof Error ? (cause.message.split('\n').at(-1) ?? '') : String(cause)
  return new Fault('database_not_started', `the embedded Postgres does not start: ${message}`, { cause })
}
