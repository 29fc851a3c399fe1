import type { EventStore } from '@guichet/domain'
import { guichetEvents as catalogue } from '@guichet/domain'
import {
  assertRunningRole,
  eventStoreDbStore,
  openPool,
  postgresStore,
  prepareEvents,
  StoreUnavailable,
  StoreUnusable,
} from '@guichet/eventstore'
import type { Environment } from '../environment/environment.ts'
import { Fault } from '../fault/fault.ts'
import type { Database } from './database.ts'

export type StoreUse = {
  readonly maxConnections: number
  /** Whether the product runs on it, so that its role must not be able to change events that another one owns. */
  readonly runs: boolean
}

/**
 * The event store of the environment: EventStoreDB where there is an address of one, else tables in the database.
 * @throws Fault `store_unusable`, `database_refused` or `database_unavailable`.
 */
export async function openStore(
  { eventStoreUrl }: Environment,
  { url: databaseUrl, ownerUrl }: Pick<Database, 'url' | 'ownerUrl'>,
  { maxConnections, runs }: StoreUse,
): Promise<EventStore> {
  try {
    if (eventStoreUrl === undefined && ownerUrl !== undefined) await prepare(databaseUrl, ownerUrl)
    else if (eventStoreUrl === undefined && runs) await assertRunning(databaseUrl)
    return eventStoreUrl === undefined
      ? await postgresStore({ catalogue, connectionString: databaseUrl, maxConnections })
      : await eventStoreDbStore({ catalogue, connectionString: eventStoreUrl })
  } catch (cause) {
    if (cause instanceof StoreUnavailable && eventStoreUrl !== undefined) {
      const next = 'start it or correct EVENTSTORE_URL; without it events are kept in Postgres'
      throw new Fault('database_unavailable', cause.message, { next, cause })
    }
    if (!(cause instanceof StoreUnusable)) throw cause
    const { code, next } = refusals[cause.reason] ?? { code: 'store_unusable', next: undefined }
    throw new Fault(code, cause.message, { ...(next !== undefined && { next }), cause })
  }
}

type Refused = {
  readonly code: 'config_invalid' | 'database_refused' | 'store_unusable' | 'package_missing'
  readonly next: string
}

/** What an operator does about a store that does not open, where the code alone does not say it. */
const refusals: Partial<Readonly<Record<StoreUnusable['reason'], Refused>>> = {
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

/** Lets the role that the product runs as append to events which another one owns. */
async function prepare(url: string, ownerUrl: string): Promise<void> {
  const running = openPool({ connectionString: url, maxConnections: 1 })
  const owner = openPool({ connectionString: ownerUrl, maxConnections: 1 })
  try {
    const { rows } = await running.query<{ role: string }>('select current_user as role')
    await prepareEvents(owner, { role: rows[0]?.role ?? '' })
  } finally {
    await Promise.all([running.end(), owner.end()])
  }
}

async function assertRunning(url: string): Promise<void> {
  const pool = openPool({ connectionString: url, maxConnections: 1 })
  try {
    await assertRunningRole(pool)
  } finally {
    await pool.end()
  }
}
