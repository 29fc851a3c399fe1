import { openPool, repairTransactionIds } from '@guichet/eventstore'
import type { Logger } from 'pino'
import type { Environment } from '../environment/environment.ts'
import { openDatabase } from './database.ts'

/**
 * Makes the events of a restored dump readable, in the database of the environment.
 * @returns whether there was something to repair. @throws as `openDatabase` does.
 */
export async function repairStore(environment: Environment, log: Logger): Promise<boolean> {
  const database = await openDatabase(environment, { serves: false, log })
  try {
    const pool = openPool({ connectionString: database.ownerUrl ?? database.url, maxConnections: 1 })
    try {
      return await repairTransactionIds(pool)
    } finally {
      await pool.end()
    }
  } finally {
    await database.close()
  }
}
