import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import { feedOf, openPool } from '@guichet/eventstore'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import type { Startup } from './startup.ts'
import { openStore } from './store.ts'
import type { Tracing } from './tracing.ts'
import { logOutages } from './watch-database.ts'

/** Opens the database, and the event store in it or beside it. */
export async function openHistory(
  { environment, options, maxConnections, hold, patiently, announce, watchedBy }: Startup,
  tracing: Tracing | undefined,
): Promise<{ readonly database: Database; readonly store: EventStore }> {
  const database = hold(await openDatabase(environment, { ...options, announce }), ({ close }) => close())
  watchedBy(database.watch)
  const opened = hold(
    await patiently(() => openStore(environment, database, { maxConnections, runs: true })),
    ({ close }) => close(),
  )
  const watched = environment.eventStoreUrl === undefined ? opened : logOutages(opened, announce)
  const store = tracing?.store(watched) ?? watched
  if (options.feedBytes !== undefined) feedOf(store, { windowBytes: options.feedBytes })
  return { database, store }
}

/** The connections of an engine to its database, beside those of the store. */
export type Pools = {
  readonly connectionString: string
  /** For the read models and what is beside them. */
  readonly pool: Pool
  /** For queries, which may take only so long. */
  readonly readers: Pool
  /** For what follows the history. */
  readonly following: Pool
}

/** Opens the pools. */
export function openPools(
  { environment, maxConnections, hold, onError }: Startup,
  { url: connectionString }: Database,
): Pools {
  const onLost = (error: Error): void => onError(error, 'a connection of the read models')
  const { readTimeoutMs: statementTimeoutMs } = environment
  const pool = hold(openPool({ connectionString, maxConnections, onLost }), (each) => each.end())
  const readers = hold(openPool({ connectionString, maxConnections, statementTimeoutMs, onLost }), (each) => each.end())
  // What follows the history repeats without harm what a crash of Postgres has lost, and shares connections.
  const following = hold(
    openPool({
      connectionString,
      maxConnections: 20,
      waitsForDisk: false,
      onLost: (error) => onError(error, 'a connection of the clocks, reactions and deliveries'),
    }),
    (each) => each.end(),
  )
  return { connectionString, pool, readers, following }
}
