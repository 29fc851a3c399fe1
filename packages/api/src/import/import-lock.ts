import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { Fault } from '../fault/fault.ts'
import { persistently } from '../sending/persistently.ts'

/** How long a process that has just ended is given to let go, and how often a lock that was lost is asked for again. */
const patienceMs = 2_000
const lookEveryMs = 250

/** The key of an import's lock; `id` is the name of a column. */
const key = (id: string): string => `hashtextextended('import ' || ${id}, 0)`

/**
 * Works while this process holds an import: another one is refused meanwhile, and everybody sees that it is running. The
 * database lets go when the process ends, however it ends. A connection that breaks is replaced.
 * @throws Fault `import_running` when another process holds it.
 */
export async function holdImport<T>(databaseUrl: string, importId: string, work: () => Promise<T>): Promise<T> {
  const take = (): Promise<pg.Client | undefined> => takeLock(databaseUrl, importId)
  const first = await patiently(take)
  if (!first) throw new Fault('import_running', `the import ${importId} is running in another process`)
  const closing = new AbortController()
  const held = keep(first, take, closing.signal)
  try {
    return await work()
  } finally {
    closing.abort()
    await held
  }
}

/** The imports among these that some process is running. */
export async function runningImports(databaseUrl: string, importIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (importIds.length === 0) return new Set()
  const { rows } = await persistently(() => ask(databaseUrl, importIds))
  return new Set(rows.map(({ id }) => id))
}

async function ask(connectionString: string, importIds: readonly string[]): Promise<pg.QueryResult<{ id: string }>> {
  const client = await connect(connectionString)
  try {
    return await client.query<{ id: string }>(
      `select id from unnest($1::text[]) as id where ${key('id')} in (
         select classid::bigint << 32 | objid::bigint from pg_locks
         where locktype = 'advisory' and objsubid = 1 and granted
           and database = (select oid from pg_database where datname = current_database()))`,
      [importIds],
    )
  } finally {
    await client.end()
  }
}

async function patiently(take: () => Promise<pg.Client | undefined>): Promise<pg.Client | undefined> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const session = await persistently(take)
    if (session || Date.now() > deadline) return session
    await delay(lookEveryMs)
  }
}

/** Keeps the lock until the signal: the session of one that is lost, as with the Postgres of another process, is replaced. */
async function keep(first: pg.Client, take: () => Promise<pg.Client | undefined>, signal: AbortSignal): Promise<void> {
  let session: pg.Client | undefined = first
  for (;;) {
    await (session ? ended(session, signal) : delay(lookEveryMs, undefined, { signal }).catch(() => undefined))
    if (signal.aborted) return session?.end().catch(() => undefined)
    session = await take().catch(() => undefined)
  }
}

const ended = (session: pg.Client, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => resolve()
    session.once('end', done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) resolve()
  })

/** A session that holds the lock; undefined when another one does. */
async function takeLock(connectionString: string, importId: string): Promise<pg.Client | undefined> {
  const client = await connect(connectionString)
  try {
    // A host that is cut off loses its lock within half a minute.
    await client.query(
      'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set idle_session_timeout = 0',
    )
    const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${key('$1')}) as taken`, [
      importId,
    ])
    if (rows[0]?.taken) return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  await client.end()
  return undefined
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
