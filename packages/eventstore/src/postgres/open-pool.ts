import pg from 'pg'

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
