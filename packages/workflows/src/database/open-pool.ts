import pg from 'pg'
import type { OnError } from '../supervision/on-error.ts'

/**
 * Opens a pool whose commits do not wait for the disk: right for what can be done again. Broken connections are reported
 * and replaced.
 */
export function openPool(connectionString: string, max: number, onError: OnError): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 10_000,
    verify: (client, done) => client.query('set synchronous_commit = off', (error) => done(error ?? undefined)),
  })
  pool.on('connect', (client) => client.on('error', (error) => onError(error, 'a connection to the database')))
  pool.on('error', (error) => onError(error, 'an idle connection to the database'))
  return pool
}
