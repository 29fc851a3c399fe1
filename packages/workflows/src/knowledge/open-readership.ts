import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { postgresReadership } from './readership.ts'
import type { Readership } from './readership-port.ts'
import { readershipSchema } from './readership-tables.ts'
import { searchRecordSchema } from './search-record-tables.ts'

type OpenReadershipOptions = { readonly pool: Pool; readonly now: () => Instant; readonly onError: OnError }

/** How long views and searches are gathered before they are stored, in milliseconds. */
const everyMs = 60_000

/**
 * Opens what readers make of the articles of a database; creates or migrates its tables first. `stop` stores the views and
 * searches that were gathered, unless the database is away.
 */
export async function openReadership({
  pool,
  now,
  onError,
}: OpenReadershipOptions): Promise<Readership & { stop(): Promise<void> }> {
  for (const part of [readershipSchema, searchRecordSchema]) await migrateSchema(pool, part)
  const readership = postgresReadership({ pool, now })
  const failed = (error: unknown): void => onError(error, 'storing views and searches of articles')
  const storing = periodically(everyMs, () => readership.flush(), failed)
  const settling = periodically(
    everyMs,
    () => readership.deflection.settle(),
    (error) => onError(error, 'counting the sessions of people who wrote'),
  )
  return {
    ...readership,
    stop: async () => {
      await Promise.all([storing.stop(), settling.stop()])
      await readership.finish().catch(failed)
    },
  }
}
