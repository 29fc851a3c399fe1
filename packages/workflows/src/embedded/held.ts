import type { Pool } from 'pg'

/** Those of some streams whose clocks stand still because their history is still being imported. */
export async function heldOf(pool: Pool, streams: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ stream: string }>({
    name: 'guichet_workflows.held_of',
    text: 'select guichet_workflows.held_of($1) as stream',
    values: [streams],
  })
  return new Set(rows.map(({ stream }) => stream))
}
