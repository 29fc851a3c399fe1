import type { EventStore } from '@guichet/domain'
import { eventStoreUrlFault } from '@guichet/eventstore'
import type { Logger } from 'pino'
import type { Environment } from '../environment/environment.ts'
import { Fault } from '../fault/fault.ts'
import { configuredDatabase } from './configured-database.ts'
import { openDatabase } from './database.ts'
import { openStore } from './store.ts'

const use = { maxConnections: 4, runs: false } as const

/**
 * Opens a store by its address, `postgres://…` or `esdb://…`, or the one in the configured database.
 * @throws Fault `usage` for anything else, and as `openDatabase` and `openStore` do.
 */
export async function openNamedStore(
  name: string,
  environment: Environment,
  log: Logger,
): Promise<{ readonly store: EventStore; close(): Promise<void> }> {
  if (name.startsWith('esdb')) {
    const fault = eventStoreUrlFault(name)
    if (fault !== undefined) throw new Fault('usage', `the address of an event store ${fault}`)
    const store = await openStore({ ...environment, eventStoreUrl: name }, { url: '', ownerUrl: undefined }, use)
    return { store, close: store.close }
  }
  const given = name === configuredDatabase ? {} : { databaseUrl: postgresUrl(name), databaseMigrationUrl: undefined }
  const database = await openDatabase({ ...environment, ...given }, { serves: false, log })
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
  if (/^postgres(?:ql)?:\/\/\S+$/.test(name) && URL.canParse(name)) return name
  throw new Fault('usage', `a store is ${configuredDatabase}, postgres://… or esdb://…`)
}
