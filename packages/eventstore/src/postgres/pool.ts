import pg from 'pg'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable } from '../failure.ts'

/** The settings of a pool of connections to Postgres. */
export type PoolOptions = {
  readonly connectionString: string
  /** 10 by default. */
  readonly maxConnections?: number
  /** Whether a commit waits for the disk; true by default. False suits work that can be repeated. */
  readonly waitsForDisk?: boolean
  /**
   * How long a statement may take, in milliseconds, before the database cancels it; unlimited by default, and for 0.
   */
  readonly statementTimeoutMs?: number
  /** Called for each connection that breaks; the pool replaces it. */
  readonly onLost?: (error: Error) => void
}

/**
 * Opens a pool whose connections may break at any moment, also while one is lent out without a query under way: an
 * unhandled error there would end the process. The borrower learns of the break from its next query. A connection is
 * waited for 10 seconds.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const { connectionString, maxConnections = 10, onLost = () => undefined } = options
  const settings = settingsOf(options)
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    ...(settings !== '' && { verify: setting(settings) }),
  })
  pool.on('connect', (client) => client.on('error', onLost))
  pool.on('error', () => undefined) // from an idle connection, which has already reported it
  return pool
}

const settingsOf = ({ waitsForDisk = true, statementTimeoutMs = 0 }: PoolOptions): string =>
  [
    ...(waitsForDisk ? [] : ['set synchronous_commit = off']),
    ...(statementTimeoutMs > 0 ? [`set statement_timeout = ${Math.ceil(statementTimeoutMs)}`] : []),
  ].join('; ')

const setting =
  (settings: string) =>
  (client: pg.ClientBase, done: (error?: Error) => void): void => {
    client.query(settings, (error) => done(error ?? undefined))
  }

/** Runs work in a transaction on a connection of its own: a failure of the work rolls it back. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

const dataException = '22'
const integrityViolation = '23'
const programLimitExceeded = '54'

/** Classifies the failure of a statement that appends. */
export function appendFailure(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError) || !error.code) return new AppendOutcomeUnknown(error)
  const family = error.code.slice(0, 2)
  if (family === '08' || error.code.startsWith('57P')) return new AppendOutcomeUnknown(error)
  if (family === dataException || family === integrityViolation || family === programLimitExceeded) {
    return new AppendRejected(`the database refuses the events: ${error.message}`, { cause: error })
  }
  return new StoreUnavailable(`the database did not append: ${error.message}`, { cause: error })
}

/** Postgres error classes of a failed connection, and of a server that is full, is stopping or has a failing disk. */
const awayState = /^(?:08\w{3}|53\w{3}|57P\w{2}|58\w{3})$/

const awayNetwork = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/

/** The driver's messages for errors without a code. */
const awayMessage =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/

/**
 * Whether an error, of a read or of an append, means that the database is unreachable or does not work at present. The
 * operation may be retried in a moment, if repeating it is safe.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown) return true
  if (!(error instanceof Error)) return false
  const { code } = error as { readonly code?: unknown }
  if (typeof code === 'string') return awayState.test(code) || awayNetwork.test(code)
  return awayMessage.test(error.message)
}

/** Whether the database cancelled a statement because it exceeded its time limit. */
export const tookTooLong = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '57014'

/** Whether a statement named a table or a column that does not exist, as in tables of an older program. */
export const lacksColumn = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '42703' || error.code === '42P01')

/** Whether every append of a batch shares its failure, so that sending them one by one would be useless or unsafe. */
export function concernsWholeBatch(error: unknown): boolean {
  if (error instanceof AppendOutcomeUnknown) return true
  return error instanceof StoreUnavailable && !(error.cause instanceof pg.DatabaseError)
}
