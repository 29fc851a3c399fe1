import type { EventStore } from '@guichet/domain'
import { eventStoreUrlFault, SchemaRefused } from '@guichet/eventstore'
import type { Logger } from 'pino'
import type { Environment } from '../environment/environment.ts'
import { Fault } from '../fault/fault.ts'
import { configuredDatabase } from './configured-database.ts'
import { openDatabase } from './database.ts'
import { openStore } from './store.ts'

const use = { maxConnections: 4, runs: false } as const

/** A store as somebody names it. */
export type NamedStore = {
  /** `postgres://…`, `esdb://…`, or the word for the one in the configured database. */
  readonly name: string
  /** The option or variable that holds the name, which an operator corrects. */
  readonly source: string
}

/**
 * Opens a store by its address, or the one in the configured database.
 * @throws Fault `usage` for anything else, and as `openDatabase` and `openStore` do; what to do next names the source.
 */
export async function openNamedStore(
  { name, source }: NamedStore,
  environment: Environment,
  log: Logger,
): Promise<{ readonly store: EventStore; close(): Promise<void> }> {
  if (name === configuredDatabase) return openPostgres(environment, log)
  try {
    if (name.startsWith('esdb')) return await openEventStoreDb(name, environment)
    const given = { databaseUrl: postgresUrl(name), databaseMigrationUrl: undefined }
    return await openPostgres({ ...environment, ...given }, log)
  } catch (error) {
    throw about(source, error)
  }
}

/** The same fault, of an address that is held elsewhere than usually. */
function about(source: string, error: unknown): unknown {
  if (error instanceof SchemaRefused) {
    const next = `grant that, or name another role in ${source}`
    return new Fault('database_refused', error.message, { next, cause: error })
  }
  if (!(error instanceof Fault)) return error
  const { code, message, cause } = error
  if (code === 'usage') return new Fault(code, `${source}: ${message}`, { cause })
  const next =
    code === 'database_unavailable'
      ? `start it, or correct ${source}`
      : error.next.replaceAll(/DATABASE_URL|EVENTSTORE_URL/g, source)
  return new Fault(code, message, { next, cause })
}

async function openEventStoreDb(url: string, environment: Environment) {
  const fault = eventStoreUrlFault(url)
  if (fault !== undefined) throw new Fault('usage', `the address of an event store ${fault}`)
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
  if (/^postgres(?:ql)?:\/\/\S+$/.test(name) && URL.canParse(name)) return name
  throw new Fault('usage', `a store is ${configuredDatabase}, postgres://… or esdb://…`)
}
