import pg from 'pg'

export type PoolOptions = {
  readonly connectionString: string
  /** 10 by default. */
  readonly maxConnections?: number
  /** Whether a commit waits until it is on the disk, as it does by default; false is right for what can be done again. */
  readonly waitsForDisk?: boolean
  /** Hears of each connection that breaks; the pool replaces it. */
  readonly onLost?: (error: Error) => void
}

/**
 * Opens a pool whose connections may break at any moment, also while one is lent and no query is under way on it: an
 * error that nobody hears there would end the process. Whoever has lent it hears of the break from its next query. A
 * connection is waited for 10 seconds.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const { connectionString, maxConnections = 10, waitsForDisk = true, onLost = () => undefined } = options
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    ...(!waitsForDisk && { verify: withoutWaiting }),
  })
  pool.on('connect', (client) => client.on('error', onLost))
  pool.on('error', () => undefined) // of an idle connection, which has reported it itself
  return pool
}

function withoutWaiting(client: pg.ClientBase, done: (error?: Error) => void): void {
  client.query('set synchronous_commit = off', (error) => done(error ?? undefined))
}
