import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { EmbeddedPostgres } from '@guichet/eventstore'
import {
  DataDirectoryInUse,
  ownerOfEmbedded,
  pauseAfter,
  PostgresNotStarted,
  startEmbeddedPostgres,
} from '@guichet/eventstore'
import { makeDataFolder } from '@guichet/desk'
import type { Environment } from '../environment/environment.ts'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import type { DatabaseWatch, WatchedDatabase } from './watch-database.ts'
import { watchDatabase } from './watch-database.ts'

/** A Postgres that accepted connections when it was opened. */
export type Database = {
  /** Contains the password: do not log it. */
  readonly url: string
  /** For the role that owns the events, with the password; undefined where that is the role of `url`. */
  readonly ownerUrl: string | undefined
  /**
   * `own` is the embedded Postgres started by this process, `neighbour` the one started by another process of Guichet.
   */
  readonly kind: 'given' | 'own' | 'neighbour'
  /** Logs outages of the database. */
  readonly watch: DatabaseWatch
  close(): Promise<void>
}

type DatabaseUse = {
  readonly serves: boolean
  readonly log: Logger
  /** Called when the database is away and when it is back; logs a warning by default. */
  readonly announce?: (message: string) => void
}

/**
 * Opens the database of the environment: the given one, or the embedded Postgres of the data folder. Several processes
 * of Guichet may use the embedded Postgres at once, but only one of them is the server.
 * @throws Fault `database_unavailable`, `database_refused`, `data_folder_in_use`, `data_folder_unusable` or
 * `database_not_started`.
 */
export async function openDatabase(
  { databaseUrl, databaseMigrationUrl: ownerUrl, home }: Environment,
  { serves, log, announce = (message) => log.warn(message) }: DatabaseUse,
): Promise<Database> {
  if (databaseUrl !== undefined) {
    await probeDatabase(databaseUrl).catch((cause: unknown) => {
      throw unreachable(databaseUrl, cause)
    })
    const watch = watched(databaseUrl, { name: nameOf(databaseUrl), next: 'start it, or look into its log', announce })
    return { url: databaseUrl, ownerUrl, kind: 'given', watch, close: watch.stop }
  }
  await makeDataFolder(home)
  try {
    const embedded = await useEmbeddedDatabase({ home, serves, log })
    const owner = await ownerFor(home, embedded).catch(async (error: unknown) => {
      await embedded.close()
      throw error
    })
    const next = 'a process that uses it starts it again within seconds'
    const watch = watched(embedded.url, { name: 'the embedded Postgres', next, announce })
    const close = async (): Promise<void> => {
      await watch.stop()
      await embedded.close()
    }
    return { ...embedded, ownerUrl: owner, watch, close }
  } catch (error) {
    if (error instanceof DataDirectoryInUse) throw inUse(home, error)
    const next = remedyFor(error, home)
    throw new CommandFault('database_not_started', notStarted(error), {
      ...(next !== undefined && { next }),
      cause: error,
    })
  }
}

/**
 * The address of the embedded Postgres for the owner of the events. A neighbour may do without: the process that started
 * Postgres has prepared the events, and writes a missing file with the passwords at its next start.
 */
async function ownerFor(home: string, { kind, url }: EmbeddedDatabase): Promise<string | undefined> {
  if (kind === 'neighbour' && !existsSync(join(home, 'postgres.json'))) return undefined
  return ownerOfEmbedded(home, url)
}

function watched(
  url: string,
  { announce, ...named }: Pick<WatchedDatabase, 'name' | 'next'> & Required<Pick<DatabaseUse, 'announce'>>,
): DatabaseWatch {
  return watchDatabase({ ...named, probe: () => probeDatabase(url), say: announce })
}

/** Queries the database on a separate connection. @throws the driver's error, within ten seconds. */
async function probeDatabase(url: string): Promise<void> {
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
    ? new CommandFault('database_refused', `the database at ${new URL(url).host} refuses the connection: ${message}`, {
        cause,
      })
    : new CommandFault('database_unavailable', `${nameOf(url)} cannot be reached (${code ?? message})`, {
        cause,
      })
}

function inUse(home: string, cause: DataDirectoryInUse): Fault {
  return new CommandFault('data_folder_in_use', `${home} is in use ${cause.owner}`, { cause })
}

/** The embedded Postgres of a data folder, as used by this process. */
type EmbeddedDatabase = {
  readonly url: string
  /** Whether this process started it, or found it run by another process. */
  readonly kind: 'own' | 'neighbour'
  /** Stops it if this process runs it by then. The next process that uses it restarts it at once. */
  close(): Promise<void>
}

type Use = {
  readonly home: string
  /** Whether this process is the server of the data folder. There is at most one. */
  readonly serves: boolean
  readonly log: Logger
}

/** How long to wait for another process that has just started Postgres. */
const patienceMs = 15_000

const lookEveryMs = 500
const backOff = { first: lookEveryMs, last: 5_000 }

/**
 * Runs the Postgres of a data folder, or shares the one that another process runs there. If the running process ends
 * first, one of the sharing processes takes over at the same address.
 * @throws DataDirectoryInUse when a second server would share it; the errors of `startEmbeddedPostgres`.
 */
async function useEmbeddedDatabase(use: Use): Promise<EmbeddedDatabase> {
  const { home, log } = use
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      const postgres = await startEmbeddedPostgres({ dataDir: home, log: (line) => log.debug({ postgres: line }) })
      return await keepRunning(use, postgres.url, postgres)
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse)) throw error
      const running = await findRunning(home)
      if (running && running.pid === error.pid) {
        if (use.serves && running.serves) throw error
        return keepRunning(use, running.databaseUrl, undefined)
      }
      if (Date.now() > deadline) throw error
      await delay(lookEveryMs)
    }
  }
}

/** Keeps Postgres running at its address until `close`. This process runs it whenever no other one does. */
async function keepRunning(use: Use, url: string, first: EmbeddedPostgres | undefined): Promise<EmbeddedDatabase> {
  const { home, serves, log } = use
  const closing = new AbortController()
  let server = first
  if (server) await publish(home, { pid: process.pid, databaseUrl: url, serves })

  const takeOver = async (): Promise<void> => {
    const { port, password } = new URL(url)
    server = await startEmbeddedPostgres({
      dataDir: home,
      port: Number(port),
      password: decodeURIComponent(password),
      log: (line) => log.debug({ postgres: line }),
    })
    await publish(home, { pid: process.pid, databaseUrl: url, serves })
    log.info('this process runs the embedded Postgres now')
  }
  const leave = async (): Promise<void> => {
    if (!server) return
    await withdraw(home)
    await server.stop()
  }
  const watch = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted;) {
      try {
        if (server) {
          await server.exited
          if (closing.signal.aborted) return
          log.info('the embedded Postgres has ended; it is started again')
          await server.stop()
          server = undefined
        }
        await takeOver()
        failures = 0
      } catch (error) {
        if (error instanceof DataDirectoryInUse) failures = 0
        else if (++failures === 1) log.error(`${notStarted(error)}; it is tried again every few seconds`)
      }
      if (!server)
        await delay(pauseAfter(failures, backOff), undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const watching = watch()
  return {
    url,
    kind: first ? 'own' : 'neighbour',
    close: async () => {
      closing.abort()
      await leave()
      await watching
      await leave()
    },
  }
}

/** Describes a failed start in one line, in the words of Postgres where it has said why. */
function notStarted(error: unknown): string {
  return `the embedded Postgres does not start: ${reasonOf(error)}`
}

function reasonOf(error: unknown): string {
  if (error instanceof PostgresNotStarted) return error.reason
  return error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error)
}

/** What mends a failed start, where its reason is a known one. */
function remedyFor(error: unknown, home: string): string | undefined {
  const reason = reasonOf(error)
  const [, next] = remedies.find(([pattern]) => pattern.test(reason)) ?? []
  return next?.(home) ?? (isIncomplete(reason, home) ? restoreIt(home) : undefined)
}

const restoreIt = (home: string): string => `restore ${home} from a backup: see docs/deployment.md`

/**
 * Whether a file of the database is missing or unreadable: not one elsewhere on the machine, nor a library, and not while
 * the database is created.
 */
function isIncomplete(reason: string, home: string): boolean {
  const folder = join(resolve(home), 'postgres')
  const missing = /"([^"]+)": no such file or directory/i.exec(reason)
  const isLibrary = reason.slice(0, missing?.index).endsWith('could not access file ')
  const unreadable = /could not read file/i.test(reason) ? /"([^"]+)"/.exec(reason) : undefined
  const path = (isLibrary ? undefined : missing?.[1]) ?? unreadable?.[1]
  if (path === undefined || !existsSync(folder)) return false
  return !isAbsolute(path) || path.startsWith(`${folder}${sep}`)
}

const remedies: readonly (readonly [reason: RegExp, next: (home: string) => string])[] = [
  [
    /no space left on device|disk quota exceeded|file too large/i,
    (home) => `make room on the disk of ${home}, then start again: nothing that was stored is lost`,
  ],
  [
    /shared memory|cannot allocate memory/i,
    () => 'give the machine or the container more memory, or set DATABASE_URL to use another Postgres',
  ],
  [
    /initialized by PostgreSQL version/i,
    (home) => `use the version of Guichet that has written ${home}, or set DATABASE_URL to use another Postgres`,
  ],
  [
    /permission denied|operation not permitted|invalid permissions|wrong ownership|read-only file system/i,
    (home) => `let the account of Postgres read and write what is in ${home}/postgres, and nobody else`,
  ],
  [/could not find the database system|checkpoint record|incorrect checksum/i, restoreIt],
  [/could not bind/i, () => 'stop what uses the port, or set DATABASE_URL to use another Postgres'],
]

const runningSchema = z.object({
  pid: z.int().positive(),
  databaseUrl: z.string().min(1).max(1_000),
  /** Whether it is the server of the data folder, rather than a command. */
  serves: z.boolean(),
})

/** The process that runs the embedded Postgres of a data folder, and the address of that Postgres. */
export type Running = z.infer<typeof runningSchema>

const file = (home: string): string => join(home, 'running.json')

/** Writes the address of the embedded Postgres to a file that other processes of this account read. */
async function publish(home: string, running: Running): Promise<void> {
  await mkdir(home, { recursive: true })
  const next = `${file(home)}.${process.pid}`
  await writeFile(next, JSON.stringify(running), { mode: 0o600 })
  await chmod(next, 0o600)
  await rename(next, file(home))
}

/** Reads the published process. It may have ended since. */
async function findRunning(home: string): Promise<Running | undefined> {
  const text = await readFile(file(home), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return runningSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Removes the published file. */
async function withdraw(home: string): Promise<void> {
  await rm(file(home), { force: true })
}
