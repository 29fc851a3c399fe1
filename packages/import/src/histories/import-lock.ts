import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Desk, ImportState, Instant } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { AuditRow, Keyset, ReadModels } from '@guichet/projections'
import { ImportFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import { retryWhileAway } from '@guichet/eventstore'

/** How long to wait for a process that has just ended to release its lock, in milliseconds. */
const patienceMs = 2_000

const lookEveryMs = 250

/** Returns the SQL of the key of an import's lock; `id` is the name of a column. */
const key = (id: string): string => `hashtextextended('import ' || ${id}, 0)`

/**
 * Runs work while this process holds the lock of an import: other processes are refused, and everybody sees that the
 * import is running. The database releases the lock whenever the process ends. A broken connection is replaced. If
 * another process has taken the lock by then, the signal that is passed to the work aborts.
 * @param signal also aborts the work.
 * @throws Fault `import_running` when another process holds it.
 */
export async function holdImport<T>(
  databaseUrl: string,
  importId: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const isRunning = (): Fault =>
    new ImportFault('import_running', `the import ${importId} is running in another process`)
  const take = (before?: number): Promise<LockAttempt> => takeLock(databaseUrl, importId, before)
  const first = await takeWithPatience(take)
  if (first === 'taken' || first === 'ours') throw isRunning()
  const [closing, lost] = [new AbortController(), new AbortController()]
  const lock = keepLock(first, take, closing.signal, () => lost.abort(isRunning()))
  try {
    return await work(AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]))
  } finally {
    closing.abort()
    await lock
  }
}

/** Returns those of the imports that a process is running. */
export async function runningImports(databaseUrl: string, importIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (importIds.length === 0) return new Set()
  const { rows } = await retryWhileAway(() => queryLocks(databaseUrl, importIds))
  return new Set(rows.map(({ id }) => id))
}

async function queryLocks(
  connectionString: string,
  importIds: readonly string[],
): Promise<pg.QueryResult<{ id: string }>> {
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

/** A session that holds the lock. */
type Session = { readonly client: pg.Client; readonly pid: number }

/** `taken` by another process, or by a session of this process (`ours`) that the database has not ended yet. */
type LockAttempt = Session | 'taken' | 'ours'

async function takeWithPatience(take: () => Promise<LockAttempt>): Promise<LockAttempt> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const session = await retryWhileAway(take)
    if (typeof session === 'object' || Date.now() > deadline) return session
    await delay(lookEveryMs)
  }
}

/** Keeps the lock until the signal. A lost session is replaced, as when another process ends its Postgres. */
async function keepLock(
  first: Session,
  take: (before: number) => Promise<LockAttempt>,
  signal: AbortSignal,
  onTaken: () => void,
): Promise<void> {
  let { pid } = first
  let session: Session | undefined = first
  for (;;) {
    await (session ? ended(session.client, signal) : delay(lookEveryMs, undefined, { signal }).catch(() => undefined))
    if (signal.aborted) return session?.client.end().catch(() => undefined)
    const attempt = await take(pid).catch(() => 'ours' as const)
    if (attempt === 'taken') onTaken()
    session = typeof attempt === 'object' ? attempt : undefined
    pid = session?.pid ?? pid
  }
}

const ended = (session: pg.Client, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => resolve()
    session.once('end', done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) resolve()
  })

/** Tries to take the lock in a separate session; `before` is the backend process that held it for this process. */
async function takeLock(connectionString: string, importId: string, before?: number): Promise<LockAttempt> {
  const client = await connect(connectionString)
  try {
    // A disconnected host loses its lock within half a minute.
    await client.query(
      'set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set idle_session_timeout = 0',
    )
    const { rows } = await client.query<{ taken: boolean; pid: number; holder: number | null }>(
      `select pg_try_advisory_lock(${key('$1')}) as taken, pg_backend_pid() as pid,
         (select l.pid from pg_locks l where locktype = 'advisory' and objsubid = 1 and granted
            and database = (select oid from pg_database where datname = current_database())
            and classid::bigint << 32 | objid::bigint = ${key('$1')} and l.pid <> pg_backend_pid() limit 1) as holder`,
      [importId],
    )
    const [row] = rows
    if (row?.taken) return { client, pid: row.pid }
    await client.end()
    return row?.holder === null || row?.holder === before ? 'ours' : 'taken'
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** An import and its status: `not_complete` means that it has no end and no process is running it. */
export type ImportEntry = {
  readonly importId: string
  readonly startedAt: Instant
} & (StartedImport | (Omit<StartedImport, 'status'> & { readonly status: 'not_complete' }))

type StartedImport = Exclude<ImportState, { status: 'absent' }>

/** What is read of a running engine. */
type Parts = {
  readonly database: { readonly url: string }
  readonly desk: Pick<Desk, 'read'>
  readonly readModels: Pick<ReadModels, 'audit'>
}

const page = 100

/** Returns the latest hundred imports and all incomplete ones, newest first. */
export async function listImports(parts: Parts): Promise<readonly ImportEntry[]> {
  const { rows } = await parts.readModels.audit.list({ type: ['ImportStarted'] }, { limit: page })
  const latest = await entriesOf(
    rows.map(({ row }) => row),
    parts,
  )
  const listed = new Set(latest.map(({ importId }) => importId))
  const older = (await openImports(parts)).filter(({ importId }) => !listed.has(importId))
  return [...latest, ...older]
}

/** Returns all incomplete imports, newest first. The clocks of their tickets are paused. */
export async function openImports(parts: Parts): Promise<readonly ImportEntry[]> {
  const open: AuditRow[] = []
  for await (const row of begunAndNotEnded(parts)) open.push(row)
  return (await entriesOf(open, parts)).filter(({ status }) => isOpen.has(status))
}

const importEvents = [
  'ImportStarted',
  'ImportResumed',
  'ImportAbandoned',
  'ImportCompleted',
  'ImportWithdrawalStarted',
  'ImportWithdrawn',
]

const goesOn: ReadonlySet<string> = new Set(['ImportStarted', 'ImportResumed', 'ImportWithdrawalStarted'])
const isOpen: ReadonlySet<ImportEntry['status']> = new Set(['running', 'not_complete', 'withdrawing'])

/**
 * Yields the first events of the imports whose last event is no end, newest first. Reads the trail back to its
 * beginning, page by page. Holds in memory only the imports whose first event has not been read yet.
 */
async function* begunAndNotEnded({ readModels }: Parts): AsyncGenerator<AuditRow> {
  const lastEvents = new Map<string, string>()
  let after: Keyset | undefined
  do {
    const { rows, hasNext } = await readModels.audit.list({ type: importEvents }, { limit: 5 * page, after })
    for (const { row } of rows) {
      const last = lastEvents.get(row.stream) ?? row.type
      lastEvents.set(row.stream, last)
      if (row.type !== 'ImportStarted') continue
      lastEvents.delete(row.stream)
      if (goesOn.has(last)) yield row
    }
    after = hasNext ? rows.at(-1)?.keyset : undefined
  } while (after)
}

async function entriesOf(rows: readonly AuditRow[], { database, desk }: Parts): Promise<readonly ImportEntry[]> {
  const lookups = rows.map(async ({ stream, at }) => {
    const importId = parseStream(stream).id
    const { state } = await desk.read('import', importId)
    return state.status === 'absent' ? [] : [{ importId, startedAt: at, ...state }]
  })
  const entries = (await Promise.all(lookups)).flat()
  const open = entries.filter(({ status }) => status === 'running').map(({ importId }) => importId)
  const running = await runningImports(database.url, open)
  return entries.map((entry) =>
    entry.status === 'running' && !running.has(entry.importId) ? { ...entry, status: 'not_complete' } : entry,
  )
}
