import type { Pool } from 'pg'
import type { EventStore, Instant } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { ProjectionRunner } from '@guichet/projections'
import { projectionsBehind } from '@guichet/projections'
import { periodicallyInOneProcess } from '../reaction/checkpoint.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { outsideLinksSchema } from './outside-links.ts'
import { postgresReadership } from './readership.ts'
import type { Readership } from './readership-port.ts'
import { readershipSchema } from './readership-tables.ts'
import { searchRecordSchema } from './search-record-tables.ts'

type OpenReadershipOptions = { readonly pool: Pool; readonly now: () => Instant; readonly onError: OnError }

type SettlingParts = {
  readonly deflection: Pick<Readership['deflection'], 'settle'>
  readonly store: Pick<EventStore, 'head'>
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly pool: Pool
  readonly onError: OnError
}

/** How long read models may take to show what has happened, in milliseconds: later ones are asked again. */
const patienceMs = 10_000

/** Counts the sessions of people who wrote, once the read models show what came after, in one process of all. */
export const settlingSessions = ({ deflection, store, runner, pool, onError }: SettlingParts): Repetition => {
  const { tickets, chats, customers } = projectionsBehind
  const isUpToDate = async (): Promise<boolean> => {
    const head = await store.head()
    return head === undefined || runner.reached(head, patienceMs, [...tickets, ...chats, ...customers])
  }
  return periodicallyInOneProcess(pool, 'settle_sessions', {
    everyMs,
    work: () => deflection.settle(isUpToDate),
    onError: (error) => onError(error, 'counting the sessions of people who wrote'),
  })
}

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
  for (const part of [readershipSchema, searchRecordSchema, outsideLinksSchema]) await migrateSchema(pool, part)
  const readership = postgresReadership({ pool, now })
  const failed = (error: unknown): void => onError(error, 'storing views and searches of articles')
  const storing = periodically(everyMs, () => readership.flush(), failed)
  return {
    ...readership,
    stop: async () => {
      await storing.stop()
      await readership.finish().catch(failed)
    },
  }
}
