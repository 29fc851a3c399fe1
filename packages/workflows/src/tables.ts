import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { OnError } from './supervision.ts'

/** The database of a part. */
export type PartDatabase = {
  readonly connectionString: string
  /**
   * Connections to it that several parts of a process share, and that their opener closes; they need not wait for
   * the disk. A part opens its own by default.
   */
  readonly pool?: Pool | undefined
}

type TablesOptions = PartDatabase & {
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
  const { connectionString, pool: shared, maxConnections, onError } = options
  if (shared) {
    await migrateSchema(shared, part)
    // It stays open when the part that borrows it ends it.
    return poolWith(shared, { end: async () => undefined })
  }
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

/** The same pool with some methods of its own. */
function poolWith(pool: Pool, methods: Readonly<Record<string, (...parameters: never[]) => unknown>>): Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      if (typeof name === 'string' && Object.hasOwn(methods, name)) return methods[name]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
