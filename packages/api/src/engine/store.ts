import type { EventStore } from '@guichet/domain'
import { guichetEvents as catalogue } from '@guichet/domain'
import { eventStoreDbStore, postgresStore, StoreUnavailable, StoreUnusable } from '@guichet/eventstore'
import type { Environment } from '../environment/environment.ts'
import { Fault } from '../fault/fault.ts'

/**
 * The event store of the environment: EventStoreDB where there is an address of one, else tables in the database.
 * @throws Fault `store_unusable`, `database_refused` or `database_unavailable`.
 */
export async function openStore(
  { eventStoreUrl }: Environment,
  databaseUrl: string,
  maxConnections: number,
): Promise<EventStore> {
  try {
    return eventStoreUrl === undefined
      ? await postgresStore({ catalogue, connectionString: databaseUrl, maxConnections })
      : await eventStoreDbStore({ catalogue, connectionString: eventStoreUrl })
  } catch (cause) {
    if (cause instanceof StoreUnavailable && eventStoreUrl !== undefined) {
      const next = 'start it or correct EVENTSTORE_URL; without it events are kept in Postgres'
      throw new Fault('database_unavailable', cause.message, { next, cause })
    }
    if (!(cause instanceof StoreUnusable)) throw cause
    if (cause.reason === 'credentials_refused') {
      const next = 'check user and password in EVENTSTORE_URL, and that the user is one of $admins'
      throw new Fault('database_refused', cause.message, { next, cause })
    }
    if (cause.reason === 'tls_mismatch') {
      throw new Fault('database_refused', cause.message, { next: 'correct EVENTSTORE_URL', cause })
    }
    const next = eventStoreUrl === undefined ? undefined : 'correct EVENTSTORE_URL, or use a newer server'
    throw new Fault('store_unusable', cause.message, { ...(next !== undefined && { next }), cause })
  }
}
