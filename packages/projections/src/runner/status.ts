import type { EventStore } from '@guichet/domain'
import type { Pool } from 'pg'
import type { Generation, GenerationRow } from './generation.ts'
import { generationColumns, toGeneration } from './generation.ts'
import type { HistoryLength } from './history-length.ts'
import type { ProjectionStatus, RunnerMetrics } from './runner.ts'

/** Every generation of these projections that is being built or serves, by name, the live one first. */
export async function readStatus(
  pool: Pool,
  length: HistoryLength,
  names: readonly string[],
): Promise<readonly ProjectionStatus[]> {
  const { rows } = await pool.query<GenerationRow & { alive: boolean }>(
    `select ${generationColumns}, not guichet_projections.is_free(g) as alive
     from guichet_projections.generations g
     where projection = any ($1) and role <> 'retired' order by projection, role = 'building', generation`,
    [names],
  )
  const total = await length.upToHead(rows.map(toGeneration))
  return rows.map((row) => {
    const generation = toGeneration(row)
    return {
      name: generation.projection,
      version: generation.version,
      state: stateOf(generation),
      generation: generation.generation,
      position: generation.position,
      lag: Math.max(0, total - generation.events),
      error: generation.error,
      owner: row.alive ? generation.owner : undefined,
    }
  })
}

/** Which of these projections are stopped, by name. */
export async function readStopped(pool: Pool, names: readonly string[]): Promise<readonly string[]> {
  const { rows } = await pool.query<{ projection: string }>(
    `select distinct projection from guichet_projections.generations
     where projection = any ($1) and role <> 'retired' and error is not null order by projection`,
    [names],
  )
  return rows.map(({ projection }) => projection)
}

/** How far the slowest live projection is behind. */
export async function readLag(
  store: EventStore,
  statuses: readonly ProjectionStatus[],
): Promise<Pick<RunnerMetrics, 'lagEvents' | 'lagMilliseconds'>> {
  const [slowest] = statuses.filter(({ state }) => state === 'live').sort((a, b) => b.lag - a.lag)
  if (!slowest || slowest.lag === 0) return { lagEvents: 0, lagMilliseconds: 0 }
  const [next] = await store.readAll({ after: slowest.position, limit: 1 })
  return {
    lagEvents: slowest.lag,
    lagMilliseconds: next ? Math.max(0, Date.now() - Date.parse(next.recordedAt)) : 0,
  }
}

function stateOf({ role, error }: Generation): ProjectionStatus['state'] {
  if (error) return 'stopped'
  return role === 'building' ? 'rebuilding' : 'live'
}
