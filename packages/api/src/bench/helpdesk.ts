import { defaultWording, guichetEvents } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { Projection, ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import type { Pool } from 'pg'
import { unconfigured } from '../desk-configuration/unconfigured.ts'
import type { Ground } from './ground.ts'
import { seedTickets } from './seeding.ts'

/** A store full of tickets, and read models that are caught up with it. */
export type Helpdesk = {
  readonly store: PostgresStore
  readonly pool: Pool
  readonly runner: ProjectionRunner
  readonly projections: readonly Projection[]
  close(): Promise<void>
}

/** Fills a new database with made-up tickets and lets the read models catch up. */
export async function openHelpdesk(ground: Ground, tickets: number): Promise<Helpdesk> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  await seedTickets(store, tickets)
  const pool = openPool({ connectionString })
  const all = projections({ policy: unconfigured, wording: defaultWording })
  const runner = createProjectionRunner({ store, pool, projections: all })
  await runner.start()
  await runner.caughtUp()
  return {
    store,
    pool,
    runner,
    projections: all,
    close: async () => {
      await runner.stop()
      await store.close()
      await pool.end()
    },
  }
}
