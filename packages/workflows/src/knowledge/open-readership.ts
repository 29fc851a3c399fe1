import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { postgresReadership } from './readership.ts'
import type { Readership } from './readership-port.ts'
import { readershipSchema } from './readership-tables.ts'

type OpenReadershipOptions = { readonly pool: Pool; readonly now: () => Instant; readonly onError: OnError }

/** How long views are gathered before they are stored, in milliseconds. */
const everyMs = 60_000

/**
 * Opens what readers make of the articles of a database; creates or migrates its tables first. `stop` stores the views that
 * were gathered, unless the database is away.
 */
export async function openReadership({
  pool,
  now,
  onError,
}: OpenReadershipOptions): Promise<Readership & { stop(): Promise<void> }> {
  await migrateSchema(pool, readershipSchema)
  const readership = postgresReadership({ pool, now })
  const failed = (error: unknown): void => onError(error, 'storing views of articles')
  const storing = periodically(everyMs, () => readership.flush(), failed)
  return {
    ...readership,
    stop: async () => {
      await storing.stop()
      await readership.flush().catch(failed)
    },
  }
}
