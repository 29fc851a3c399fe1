import type { Pool } from 'pg'

/**
 * How many streams have something due that has not taken effect yet, as the read model of deadlines knows, whatever the engine believes.
 * @returns undefined before there are read models. Rejects with what the database does.
 */
export async function readOverdue(pool: Pool): Promise<number | undefined> {
  const { rows: found } = await pool.query<{ exists: boolean }>(
    `select to_regclass('guichet_read.deadline') is not null as exists`,
  )
  if (!found[0]?.exists) return undefined
  const { rows } = await pool.query<{ overdue: number }>(
    'select count(*)::integer as overdue from guichet_read.deadline where next_due <= now() and held_by is null',
  )
  return rows[0]?.overdue
}
