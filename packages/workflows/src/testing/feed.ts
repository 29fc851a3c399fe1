import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Desk, DeskOptions } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { DeadlineSink, ProjectionRunner, RoutingQueries } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { ClockEngine } from '../clock.ts'
import type { Process } from '../contract/index.ts'

/** Runs the read models, which report to a sink the next deadline of each ticket. */
export function openFeed(desk: Desk, connectionString: string, deadlineSink: DeadlineSink) {
  const { policy, wording, store } = desk
  const pool = new pg.Pool({ connectionString })
  pool.on('error', () => undefined)
  const deadlines = projections({ policy, wording, deadlineSink }).filter(({ name }) => name === 'deadlines')
  const runner = createProjectionRunner({ store, pool, projections: deadlines })
  return {
    start: () => runner.start(),
    stop: async () => {
      await runner.stop()
      await pool.end()
    },
  }
}

/** A clock with the projection that reports deadlines to a sink, usually the clock's own: as one engine. */
export function fed(clock: ClockEngine, { desk, databaseUrl }: Process, deadlineSink: DeadlineSink): ClockEngine {
  const feed = openFeed(desk, databaseUrl, deadlineSink)
  return {
    start: async () => {
      await clock.start()
      await feed.start()
    },
    stop: async () => {
      await feed.stop()
      await clock.stop()
    },
    status: () => clock.status(),
  }
}

/** A desk in its own database, with the read model of routing. */
export type DeskWithRouting = {
  readonly database: TestDatabase
  readonly store: PostgresStore
  readonly desk: Desk
  readonly pool: pg.Pool
  /** Runs the read model of routing, and no other. */
  readonly runner: ProjectionRunner
  readonly routing: RoutingQueries
  /** Stops the read models and drops the database. */
  close(): Promise<void>
}

/** Opens a desk with the clock of this machine; `options` replaces any part of it. */
export async function openDeskWithRouting(options: Partial<DeskOptions> = {}): Promise<DeskWithRouting> {
  const database = await createTestDatabase()
  const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, ...options })
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => undefined)
  const models = projections(desk.base).filter(({ name }) => name === 'routing')
  const runner = createProjectionRunner({ store, pool, projections: models })
  await runner.start()
  return {
    database,
    store,
    desk,
    pool,
    runner,
    routing: readModels(pool).routing,
    close: async () => {
      await runner.stop()
      await pool.end()
      await store.close()
      await database.drop()
    },
  }
}
