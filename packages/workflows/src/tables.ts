import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { OnError } from './supervision.ts'

type TablesOptions = {
  readonly connectionString: string
  readonly maxConnections: number
  /** Called for each connection that breaks; the pool replaces it. */
  readonly onError: OnError
}

/**
 * Opens connections to the tables of a part of this package, which are created or migrated first. They do not wait for
 * the disk: changes that a crash of Postgres loses are repeated without a second effect.
 * @throws as `migrateSchema` does; then no connection stays open.
 */
export async function openTables(part: SchemaPart, options: TablesOptions): Promise<Pool> {
  const { connectionString, maxConnections, onError } = options
  const pool = openPool({
    connectionString,
    maxConnections,
    waitsForDisk: false,
    onLost: (error) => onError(error, 'a connection to the database'),
  })
  try {
    await migrateSchema(pool, part)
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}
