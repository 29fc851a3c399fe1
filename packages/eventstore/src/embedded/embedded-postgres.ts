import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Client } from 'pg'
import pg from 'pg'
import { z } from 'zod'
import type { Cluster, Server, Settings } from './cluster.ts'
import {
  createCluster,
  freePort,
  isServing,
  openCluster,
  readPostmaster,
  resetPassword,
  startServer,
  stopServer,
} from './cluster.ts'
import { takeOwnership } from './ownership.ts'

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
    const known = await readSettings(dataDir)
    const remembered = known ?? newSettings()
    const created = await ensureCreated(cluster, remembered.password)
    const stranger = await stopSurvivor(cluster)
    if (!created && !known) await resetPassword(cluster, remembered.password, stranger)
    const { server, port } = await startOnSomePort(cluster, remembered, options, stranger)
    try {
      await writeSettings(dataDir, { ...remembered, port })
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
  remembered: StoredSettings,
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

/** Who owns the cluster and the events in it. */
const superuser = 'postgres'

/** Who the product runs as: it owns what is derived from the events, and appends to them. */
const runningRole = 'guichet'

/** The address of an embedded Postgres as its superuser, whose password is that of the role of the product. */
export function ownerOfEmbedded(url: string): string {
  const owner = new URL(url)
  owner.username = superuser
  return owner.href
}

/** Creates the role of the product, or gives it the present password. */
async function ensureRole(client: Client, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [runningRole])
  if (rowCount === 0) await client.query(`create role ${runningRole}`)
  await client.query(`alter role ${runningRole} login password ${client.escapeLiteral(password)}`)
}

/**
 * Makes what the superuser has derived from the events the role's own, as in a folder from the time when the product ran as superuser:
 * everything in the database but the events, and what belongs to extensions. Sequences of columns follow their tables.
 */
async function handOver(client: Client): Promise<void> {
  await client.query(`
    grant create on database guichet to ${runningRole};
    grant create on schema public to ${runningRole};
    do $$
    declare
      command text;
    begin
      for command in
        with derived as (
          select oid, nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|guichet$)'
        )
        select format('alter schema %I owner to ${runningRole}', nspname) from derived
        join pg_namespace using (oid, nspname) where nspname <> 'public' and nspowner <> '${runningRole}'::regrole
        union all
        select format('alter table %s owner to ${runningRole}', c.oid::regclass) from pg_class c
        join derived on derived.oid = c.relnamespace
        where c.relowner <> '${runningRole}'::regrole and (
          c.relkind in ('r', 'p', 'v', 'm') or c.relkind = 'S' and not exists (
            select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')))
        union all
        select format('alter routine %s owner to ${runningRole}', p.oid::regprocedure) from pg_proc p
        join derived on derived.oid = p.pronamespace
        where p.proowner <> '${runningRole}'::regrole
          and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
        union all
        select format('alter type %s owner to ${runningRole}', t.oid::regtype) from pg_type t
        join derived on derived.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
        where t.typowner <> '${runningRole}'::regrole and (t.typtype in ('e', 'd') or c.relkind = 'c')
          and not exists (select from pg_depend d where d.objid = t.oid and d.classid = 'pg_type'::regclass and d.deptype = 'e')
      loop
        execute command;
      end loop;
    end
    $$`)
}

const rememberedSchema = z.object({
  password: z.string().min(20).max(200),
  port: z.int().min(0).max(65_535),
})

/** What a data directory keeps from one start to the next; port 0 until there was one. */
type StoredSettings = z.infer<typeof rememberedSchema>

const file = (dataDir: string): string => join(dataDir, 'postgres.json')

/** What a data directory has to remember that remembers nothing: a random password. */
const newSettings = (): StoredSettings => ({ password: randomBytes(24).toString('base64url'), port: 0 })

/**
 * What the data directory remembers; undefined when it remembers nothing.
 * @throws Error when the file is there but unreadable.
 */
async function readSettings(dataDir: string): Promise<StoredSettings | undefined> {
  const text = await readFile(file(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return rememberedSchema.parse(JSON.parse(text))
  } catch (cause) {
    const remedy = 'restore it, or remove it to have a new password set'
    throw new Error(`${file(dataDir)}, which holds the password of the database, is damaged: ${remedy}`, { cause })
  }
}

/** Replaces what is remembered, readable by this account only. */
async function writeSettings(dataDir: string, remembered: StoredSettings): Promise<void> {
  const next = `${file(dataDir)}.next`
  await writeFile(next, JSON.stringify(remembered), { mode: 0o600, flush: true })
  await chmod(next, 0o600)
  await rename(next, file(dataDir))
}
