import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Client } from 'pg'
import pg from 'pg'
import { z } from 'zod'
import type { Cluster, Server, Settings } from './cluster.ts'
import {
  createCluster,
  isServing,
  openCluster,
  readPostmaster,
  resetPassword,
  startOnFreePort,
  startServer,
  stopServer,
} from './cluster.ts'
import { takeOwnership } from './ownership.ts'

/** A Postgres that runs as a child process, with its data in a folder. */
export type EmbeddedPostgres = {
  /** Connects to the database `guichet`, as a role that is no superuser. Contains the password: keep it out of logs. */
  readonly url: string
  /** Resolves when the server has ended, by `stop` or otherwise. */
  readonly exited: Promise<void>
  /** Ends all connections, writes everything to disk, and releases the data directory. */
  stop(): Promise<void>
}

/** How the embedded Postgres is started. */
export type EmbeddedPostgresOptions = {
  /** Where the data lives, from one start to the next. */
  readonly dataDir: string
  /** A TCP port of 127.0.0.1; by default the one of the last start, or a free one. */
  readonly port?: number
  /** The password of the product's role; by default that of the last start, or a random one. */
  readonly password?: string
  /** Receives the server's log, line by line. */
  readonly log?: (line: string) => void
}

/** For a small machine with a fast disk; every setting that protects data keeps its safe default. */
const settings: Settings = {
  max_connections: '100',
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
 * Runs a separate real Postgres for a data directory, for exactly one process at a time. The first start creates it.
 * When this process ends without `stop`, even by `kill -9`, the server shuts down too, and no committed data is lost.
 * The superuser, who owns the events, and the product's role have passwords of their own. Where the file with them is
 * missing, both get new ones. Not on Windows.
 * @throws DataDirectoryInUse when another process runs it; Error when Postgres cannot be installed or started.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  assertNotWindows()
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true })
  const ownership = await takeOwnership(dataDir)
  try {
    const cluster = await openCluster(join(dataDir, 'postgres'))
    const lastSettings = await readSettings(dataDir)
    const stored = withRunningPassword(lastSettings ?? { ownerPassword: randomPassword(), port: 0 }, options.password)
    const created = await ensureCreated(cluster, stored.ownerPassword)
    const stranger = await stopSurvivor(cluster)
    if (!created && !lastSettings) await resetPassword(cluster, stored.ownerPassword, stranger)
    const { server, port } = await startOnSomePort(cluster, stored, options, stranger)
    try {
      await writeSettings(dataDir, { ...stored, port })
      const url = await ensureDatabase(stored, port)
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

/** Windows has nothing that ends the server with its owner, or tells a process from an earlier one with the same id. */
function assertNotWindows(): void {
  if (process.platform !== 'win32') return
  throw new Error(
    'the embedded Postgres does not run on Windows: set DATABASE_URL to a Postgres 14 or newer, or use WSL',
  )
}

/** Creates the cluster with a password, unless it exists. Returns whether it was created. */
async function ensureCreated(cluster: Cluster, password: string): Promise<boolean> {
  const version = await readFile(join(cluster.folder, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) return false
  await createCluster(cluster, password)
  return true
}

/**
 * Stops a server that has outlived its owner. After that, a process id that the server's own lock file still names
 * belongs to no process or to an unrelated one; returns that id.
 */
async function stopSurvivor(cluster: Cluster): Promise<number | undefined> {
  if (await isServing(cluster)) await stopServer(cluster)
  return (await readPostmaster(cluster.folder))?.pid
}

async function startOnSomePort(
  cluster: Cluster,
  stored: StoredSettings,
  { port, log }: EmbeddedPostgresOptions,
  stranger: number | undefined,
): Promise<{ server: Server; port: number }> {
  const options = { settings, log, stranger }
  if (port === undefined) return startOnFreePort(cluster, options, stored.port > 0 ? stored.port : undefined)
  return { server: await startServer(cluster, { port, ...options }), port }
}

/**
 * What the driver would else take from the variables of libpq (PGSSLMODE, PGOPTIONS and others), which are for another
 * server. An empty value would not stand against them: the options repeat what the server is set to.
 */
const ownTerms = new URLSearchParams({
  sslmode: 'disable',
  sslnegotiation: 'postgres',
  replication: 'false',
  options: '-cTimeZone=UTC',
})

async function ensureDatabase({ ownerPassword, runningPassword }: StoredSettings, port: number): Promise<string> {
  const at = (role: string, password: string, database: string): string =>
    `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?${ownTerms.toString()}`
  await withClient(at(superuser, ownerPassword, 'postgres'), async (client) => {
    await ensureRole(client, runningPassword)
    const { rowCount } = await client.query(`select from pg_database where datname = 'guichet'`)
    if (rowCount === 0) await client.query('create database guichet')
  })
  await withClient(at(superuser, ownerPassword, 'guichet'), handOver)
  return at(runningRole, runningPassword, 'guichet')
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
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

/** The role that owns the cluster and the events in it. */
const superuser = 'postgres'

/** The role that the product runs as: it owns the data derived from the events, and appends events. */
const runningRole = 'guichet'

/**
 * The address of the embedded Postgres of a data directory as its superuser, from its address as the product's role.
 * @throws Error when the file with the passwords is missing or damaged.
 */
export async function ownerOfEmbedded(dataDir: string, url: string): Promise<string> {
  const stored = await readSettings(dataDir)
  if (!stored) throw new Error(`${file(dataDir)}, which holds the passwords of the database, is missing`)
  const owner = new URL(url)
  owner.username = superuser
  owner.password = encodeURIComponent(stored.ownerPassword)
  return owner.href
}

/** Creates the product's role, or gives it the current password. */
async function ensureRole(client: Client, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [runningRole])
  if (rowCount === 0) await client.query(`create role ${runningRole}`)
  await client.query(`alter role ${runningRole} login password ${client.escapeLiteral(password)}`)
}

/**
 * Makes the product's role the owner of the data that the superuser has derived from the events, as in a folder from
 * the time when the product ran as superuser: everything in the database except the events and the objects of
 * extensions. Sequences of columns follow their tables.
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

const password = z.string().min(20).max(200)

/** An older version, which has one password for both roles, reads and keeps `password`: it is the owner's. */
const settingsSchema = z.object({
  password,
  runningPassword: password.optional(),
  port: z.int().min(0).max(65_535),
})

/** The settings that a data directory stores from one start to the next; port 0 until the first start. */
type StoredSettings = { readonly ownerPassword: string; readonly runningPassword: string; readonly port: number }

const file = (dataDir: string): string => join(dataDir, 'postgres.json')

const randomPassword = (): string => randomBytes(24).toString('base64url')

/** Settings with a password of the product's role: the given one, else that of the last start, else one of its own. */
function withRunningPassword(
  { ownerPassword, runningPassword: last, port }: SettingsOnDisk,
  password: string | undefined,
): StoredSettings {
  const rolePassword = last === ownerPassword ? undefined : last
  return { ownerPassword, runningPassword: password ?? rolePassword ?? randomPassword(), port }
}

/** Stored settings; those of an older version have no password of the product's role. */
type SettingsOnDisk = Omit<StoredSettings, 'runningPassword'> & { readonly runningPassword?: string | undefined }

/**
 * Reads the stored settings of the data directory; undefined when there are none.
 * @throws Error when the file is there but unreadable.
 */
async function readSettings(dataDir: string): Promise<SettingsOnDisk | undefined> {
  const text = await readFile(file(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const { password: ownerPassword, ...others } = settingsSchema.parse(JSON.parse(text))
    return { ownerPassword, ...others }
  } catch (cause) {
    const remedy = 'restore it, or remove it to have new passwords set'
    throw new Error(`${file(dataDir)}, which holds the passwords of the database, is damaged: ${remedy}`, { cause })
  }
}

/** Replaces the stored settings, readable by this account only. */
async function writeSettings(dataDir: string, { ownerPassword, runningPassword, port }: StoredSettings): Promise<void> {
  const next = `${file(dataDir)}.next`
  const text = JSON.stringify({ password: ownerPassword, runningPassword, port } satisfies z.infer<
    typeof settingsSchema
  >)
  await writeFile(next, text, { mode: 0o600, flush: true })
  await chmod(next, 0o600)
  await rename(next, file(dataDir))
}
