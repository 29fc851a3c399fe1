import pg from 'pg'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable } from '../failure.ts'

export type PoolOptions = {
  readonly connectionString: string
  /** 10 by default. */
  readonly maxConnections?: number
  /** Whether a commit waits until it is on the disk, as it does by default; false is right for what can be done again. */
  readonly waitsForDisk?: boolean
  /** How long a statement may take, in milliseconds, before the database breaks it off; any time without it, or by 0. */
  readonly statementTimeoutMs?: number
  /** Hears of each connection that breaks; the pool replaces it. */
  readonly onLost?: (error: Error) => void
}

/**
 * Opens a pool whose connections may break at any moment, also while one is lent and no query is under way on it: an
 * error that nobody hears there would end the process. Whoever has lent it hears of the break from its next query. A
 * connection is waited for 10 seconds.
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
  pool.on('error', () => undefined) // of an idle connection, which has reported it itself
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

const dataException = '22'
const integrityViolation = '23'
const programLimitExceeded = '54'

/** Tells the failures of a statement that appends apart. */
export function appendFailure(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError) || !error.code) return new AppendOutcomeUnknown(error)
  const family = error.code.slice(0, 2)
  if (family === '08' || error.code.startsWith('57P')) return new AppendOutcomeUnknown(error)
  if (family === dataException || family === integrityViolation || family === programLimitExceeded) {
    return new AppendRejected(`the database refuses the events: ${error.message}`, { cause: error })
  }
  return new StoreUnavailable(`the database did not append: ${error.message}`, { cause: error })
}

/** Classes of Postgres for a connection that failed, a server that is full, that stops or whose disk fails. */
const awayState = /^(?:08\w{3}|53\w{3}|57P\w{2}|58\w{3})$/

const awayNetwork = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/

/** What the driver says without a code. */
const awayMessage =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/

/**
 * Whether an error, of a read or of an append, says that the database cannot be reached or does not work at present: what
 * was tried may be tried again in a moment, if it may be done twice.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown) return true
  if (!(error instanceof Error)) return false
  const { code } = error as { readonly code?: unknown }
  if (typeof code === 'string') return awayState.test(code) || awayNetwork.test(code)
  return awayMessage.test(error.message)
}

/** Whether the database broke a statement off because it took longer than it may. */
export const tookTooLong = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '57014'

/** Whether a statement asked for a table or a column that is not there, as in tables that an older program has left behind. */
export const lacksColumn = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '42703' || error.code === '42P01')

/** Whether every append of a batch shares its failure, so that sending them one by one would be useless or unsafe. */
export function concernsWholeBatch(error: unknown): boolean {
  if (error instanceof AppendOutcomeUnknown) return true
  return error instanceof StoreUnavailable && !(error.cause instanceof pg.DatabaseError)
}
