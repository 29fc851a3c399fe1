import { randomUUID } from 'node:crypto'
import type { Desk, Instant } from '@guichet/domain'
import { createDesk, guichetEvents } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore, StoreUnusable } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { EmbeddedClock, Reactions } from '@guichet/workflows'
import { embeddedClock, reactions } from '@guichet/workflows'
import type { Logger } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import { Fault } from '../fault/fault.ts'
import { persistently } from '../sending/persistently.ts'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'

/** Every part of Guichet, put together over one database. */
export type Engine = {
  readonly database: Database
  readonly store: PostgresStore
  readonly desk: Desk
  readonly runner: ProjectionRunner
  readonly readModels: ReadModels
  readonly clock: EmbeddedClock
  readonly reactions: Reactions
  /** Lets deadlines fire and reactions follow. */
  startClocks(): Promise<void>
  /** Ends what is under way, then lets everything go; what was acknowledged is kept. */
  stop(): Promise<void>
}

export type EngineOptions = {
  /** Whether this is the server of its data folder: there is one at most, beside any number of commands. */
  readonly serves: boolean
  readonly log: Logger
  /** The most connections of the store and of the readers, each; 10 by default. */
  readonly connections?: number
  /** How many folded streams the desk keeps; 10,000 by default. */
  readonly cachedStreams?: number
  /** Breaks off the waiting for a database that is away while the engine starts. */
  readonly signal?: AbortSignal | undefined
}

export const now = (): Instant => new Date().toISOString() as Instant

/**
 * Puts the engine together and lets the read models follow the history; the clocks stand still until `startClocks`.
 * Postgres may come and go meanwhile, as it does where another process hands it over: each part finds its way back by
 * itself.
 * @throws Fault when the database cannot be had or used; the signal's reason.
 */
export async function startEngine(configuration: Configuration, options: EngineOptions): Promise<Engine> {
  const { log, connections = 10, cachedStreams, signal } = options
  const letGo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const release of letGo.splice(0).reverse()) {
      await release().catch((error: unknown) => log.error({ err: error }, 'a part did not stop as it should'))
    }
  }
  try {
    const database = await openDatabase(configuration, options)
    letGo.push(database.close)
    const { url: connectionString } = database
    const store = await persistently(() => openStore(connectionString, connections), { signal })
    letGo.push(store.close)
    const desk = createDesk({ store, now, newId: randomUUID, ...(cachedStreams && { cachedStreams }) })
    const onLost = (error: Error): void => log.warn({ err: error }, 'a connection of the read models')
    const pool = openPool({ connectionString, maxConnections: connections, onLost })
    letGo.push(() => pool.end())

    const onError = (error: unknown, context: string): void => log.warn({ err: error }, context)
    const clock = await persistently(() => embeddedClock({ desk, connectionString, onError }), { signal })
    letGo.push(clock.stop)
    const reacting = await persistently(() => reactions({ desk, connectionString, onError }), { signal })
    letGo.push(reacting.stop)
    const runner = createProjectionRunner({
      store,
      pool,
      projections: projections({
        policy: desk.policy,
        wording: desk.wording,
        deadlineSink: clock.deadlineSink,
        log: (level, message) => log[level](message),
      }),
      onStopped: (stopped) => log.error(stopped, 'a projection has stopped'),
    })
    letGo.push(runner.stop)
    await persistently(() => runner.start(), { signal })

    return {
      database,
      store,
      desk,
      runner,
      readModels: readModels(pool),
      clock,
      reactions: reacting,
      startClocks: async () => {
        await clock.start()
        await reacting.start()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openStore(connectionString: string, maxConnections: number): Promise<PostgresStore> {
  try {
    return await postgresStore({ catalogue: guichetEvents, connectionString, maxConnections })
  } catch (cause) {
    if (!(cause instanceof StoreUnusable)) throw cause
    throw new Fault('store_unusable', cause.message, { cause })
  }
}
