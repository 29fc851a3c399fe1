import type { Pool } from 'pg'
import { shortOf } from './clock-state.ts'

/** What this database is called in Temporal. */
export type Installation = {
  readonly id: string
  /** The queue of its own work: processes on another database never take it. */
  readonly taskQueue: string
}

/** Reads what the migration has called this database. @throws when the row is missing: somebody has taken it away. */
export async function readInstallation(pool: Pool): Promise<Installation> {
  const { rows } = await pool.query<{ id: string }>('select id from guichet_workflows.installation')
  const id = rows[0]?.id
  if (id === undefined) throw new Error('guichet_workflows.installation is empty')
  return { id, taskQueue: `guichet-${shortOf(id)}` }
}
