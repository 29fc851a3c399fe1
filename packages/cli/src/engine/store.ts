import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { EventCatalogue, EventStore } from '@guichet/domain'
import { guichetEvents } from '@guichet/domain'
import {
  assertRunningRole,
  eventStoreDbStore,
  eventStoreUrlFault,
  openPool,
  postgresStore,
  prepareEvents,
  repairTransactionIds,
  SchemaRefused,
  StoreUnavailable,
  StoreUnusable,
} from '@guichet/eventstore'
import type { Environment } from '../environment/environment.ts'
import { postgresUrlFault } from '../environment/connection-url.ts'
import { CommandFault } from '../fault.ts'
import { Fault } from '@guichet/desk'
import { configuredDatabase } from './configured-database.ts'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { loadExtensions } from './extensions.ts'

type StoreUse = {
  readonly maxConnections: number
  /** Whether the product runs on it. If so, its role must not be able to change events that another role owns. */
  readonly runs: boolean
}

/**
 * Opens the event store of the environment: EventStoreDB if its address is configured, else tables in the database.
 * @throws Fault `store_unusable`, `database_refused` or `database_unavailable`.
 */
export async function openStore(
  { eventStoreUrl, extensions }: Environment,
  { url: databaseUrl, ownerUrl }: Pick<Database, 'url' | 'ownerUrl'>,
  { maxConnections, runs }: StoreUse,
): Promise<EventStore> {
  const { aggregates } = await loadExtensions(extensions)
  const catalogue = Object.assign(
    {},
    guichetEvents,
    ...Object.values(aggregates).map(({ events }) => events),
  ) as EventCatalogue
  try {
    if (eventStoreUrl !== undefined) return await eventStoreDbStore({ catalogue, connectionString: eventStoreUrl })
    const pool = openPool({ connectionString: databaseUrl, maxConnections })
    try {
      if (ownerUrl !== undefined) await prepare(pool, ownerUrl)
      else if (runs) await assertRunningRole(pool)
      const store = await postgresStore({ catalogue, pool })
      const close = async (): Promise<void> => {
        await store.close()
        await pool.end()
      }
      return { ...store, close }
    } catch (error) {
      await pool.end()
      throw error
    }
  } catch (cause) {
    if (cause instanceof StoreUnavailable && eventStoreUrl !== undefined) {
      const next = 'start it or correct EVENTSTORE_URL; without it events are kept in Postgres'
      throw new CommandFault('database_unavailable', cause.message, { next, cause })
    }
    if (!(cause instanceof StoreUnusable)) throw cause
    const { code, next } = refusals[cause.reason] ?? { code: 'store_unusable', next: undefined }
    throw new CommandFault(code, cause.message, { ...(next !== undefined && { next }), cause })
  }
}

type StoreRefusal = {
  readonly code: 'config_invalid' | 'database_refused' | 'store_unusable' | 'package_missing'
  readonly next: string
}

/** Advice to operators for a store that does not open, where the fault's own advice is too general. */
const refusals: Partial<Readonly<Record<StoreUnusable['reason'], StoreRefusal>>> = {
  address_invalid: { code: 'config_invalid', next: 'correct the address of EventStoreDB, EVENTSTORE_URL' },
  credentials_refused: {
    code: 'database_refused',
    next: 'check user and password in EVENTSTORE_URL, and that the user is one of $admins',
  },
  role_not_restricted: {
    code: 'database_refused',
    next: 'see “Roles of the database” in docs/operations.md',
  },
  client_missing: { code: 'package_missing', next: 'install it, or unset EVENTSTORE_URL' },
  tls_mismatch: { code: 'database_refused', next: 'correct EVENTSTORE_URL' },
  not_an_eventstore: { code: 'store_unusable', next: 'correct EVENTSTORE_URL' },
  eventstore_too_old: { code: 'store_unusable', next: 'use a newer server' },
  identity_missing: {
    code: 'store_unusable',
    next: 'set the entry identity of that metadata as it was, or delete the stream for a store without a history',
  },
  foreign_events: {
    code: 'store_unusable',
    next: 'give Guichet streams of its own by the option streamPrefix of EVENTSTORE_URL, or another server',
  },
}

/** Grants the product's role the right to append to events that another role owns. */
async function prepare(running: Pool, ownerUrl: string): Promise<void> {
  const owner = openPool({ connectionString: ownerUrl, maxConnections: 1 })
  try {
    const { rows } = await running.query<{ role: string }>('select current_user as role')
    await prepareEvents(owner, { role: rows[0]?.role ?? '' })
  } finally {
    await owner.end()
  }
}

const use = { maxConnections: 4, runs: false } as const

/** A store named by an operator. */
export type NamedStore = {
  /** `postgres://…`, `esdb://…`, or the name of the one in the configured database. */
  readonly name: string
  /** The option or variable that contains the name, for the error message. */
  readonly source: string
}

/**
 * Opens a store by its address, or the one in the configured database.
 * @throws Fault `usage` for anything else; as `openDatabase` and `openStore` do, with the source in `next`.
 */
export async function openNamedStore(
  { name, source }: NamedStore,
  environment: Environment,
  log: Logger,
): Promise<{ readonly store: EventStore; close(): Promise<void> }> {
  if (name === configuredDatabase) return openPostgres(environment, log)
  try {
    if (name.startsWith('esdb')) return await openEventStoreDb(name, environment)
    const overrides = { databaseUrl: postgresUrl(name), databaseMigrationUrl: undefined }
    return await openPostgres({ ...environment, ...overrides }, log)
  } catch (error) {
    throw withSource(source, error)
  }
}

/** Returns the same fault with another source of the address. */
function withSource(source: string, error: unknown): unknown {
  if (error instanceof SchemaRefused) {
    const next = `grant that, or name another role in ${source}`
    return new CommandFault('database_refused', error.message, { next, cause: error })
  }
  if (!(error instanceof Fault)) return error
  const { code, message, cause } = error
  if (code === 'usage') return new CommandFault(code, `${source}: ${message}`, { cause })
  const next =
    code === 'database_unavailable'
      ? `start it, or correct ${source}`
      : error.next.replaceAll(/DATABASE_URL|EVENTSTORE_URL/g, source)
  return new CommandFault(code, message, { next, cause })
}

async function openEventStoreDb(url: string, environment: Environment) {
  const fault = eventStoreUrlFault(url)
  if (fault !== undefined) throw new CommandFault('usage', `the address of an event store ${fault}`)
  const store = await openStore({ ...environment, eventStoreUrl: url }, { url: '', ownerUrl: undefined }, use)
  return { store, close: store.close }
}

async function openPostgres(environment: Environment, log: Logger) {
  const database = await openDatabase(environment, { serves: false, log })
  try {
    const store = await openStore({ ...environment, eventStoreUrl: undefined }, database, use)
    const close = async (): Promise<void> => {
      await store.close()
      await database.close()
    }
    return { store, close }
  } catch (error) {
    await database.close()
    throw error
  }
}

function postgresUrl(name: string): string {
  const fault = postgresUrlFault(name)
  if (fault === undefined) return name
  if (/^postgres(ql)?:/.test(name)) throw new CommandFault('usage', `the address of a store ${fault}`)
  throw new CommandFault('usage', `a store is ${configuredDatabase}, postgres://… or esdb://…`)
}

/**
 * Makes the events of a restored dump readable in the database of the environment.
 * @returns whether anything was repaired. @throws as `openDatabase` does; Fault `data_folder_unusable` when the password
 * of the owner of the events is missing.
 */
export async function repairStore(environment: Environment, log: Logger): Promise<boolean> {
  const database = await openDatabase(environment, { serves: false, log })
  try {
    if (database.kind !== 'given' && database.ownerUrl === undefined) {
      const missing = `${environment.home}/postgres.json, which holds the passwords of the database, is missing`
      const next = 'start the process again that runs the embedded Postgres: it sets new ones'
      throw new CommandFault('data_folder_unusable', missing, { next })
    }
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
