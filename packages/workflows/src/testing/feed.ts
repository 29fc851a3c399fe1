import type { Desk } from '@guichet/domain'
import type { DeadlineSink } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import pg from 'pg'

/** Keeps the read models, which tell a sink what is due next on each ticket. */
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
