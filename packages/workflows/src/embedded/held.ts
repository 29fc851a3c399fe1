import type { Pool } from 'pg'

/** Whether the clock of a stream stands still because its history is still being imported. */
export async function isHeld(pool: Pool, stream: string): Promise<boolean> {
  const { rows } = await pool.query<{ held: boolean }>({
    name: 'guichet_workflows.is_held',
    text: 'select guichet_workflows.is_held($1) as held',
    values: [stream],
  })
  return rows[0]?.held === true
}
