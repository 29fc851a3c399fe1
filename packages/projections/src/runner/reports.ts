import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { Activity } from './failure.ts'
import type { Generation } from './generation.ts'
import type { HistoryLength } from './lag.ts'
import { blockedOf } from './lag.ts'
import type { Projection } from './projection.ts'
import type { ProjectionRunner } from './runner.ts'
import { lagOfSlowest, readStatus, readStopped } from './status.ts'

type Options = {
  readonly store: EventStore
  readonly pool: Pool
  readonly projections: readonly Projection[]
  /** The owner of this process's leases. */
  readonly owner: string
  /** Resolves once the tables of the projections are there. */
  readonly migrated: () => Promise<void>
  readonly generations: () => Promise<readonly Generation[]>
  readonly length: HistoryLength
  readonly activity: Activity
}

/** What operators ask about read models, whichever process moves them. */
type Reports = Pick<ProjectionRunner, 'status' | 'stopped' | 'blocked' | 'metrics' | 'now'>

/** Answers from the database and the store, as they are at each question. */
export function createReports(options: Options): Reports {
  const { store, pool, projections, owner, migrated, generations, length, activity } = options
  const status: Reports['status'] = async () => {
    await migrated()
    return readStatus(store, pool, length, projections)
  }
  return {
    status,
    stopped: async () => {
      await migrated()
      return readStopped(pool, projections)
    },
    blocked: async () => {
      await migrated()
      return blockedOf(store, await generations(), owner)
    },
    metrics: async () => ({ ...activity.counted(), ...lagOfSlowest(await status()) }),
    now: async () => {
      const { rows } = await pool.query<{ readonly now: Date }>('select now()')
      const [{ now } = { now: new Date(0) }] = rows
      return now
    },
  }
}
