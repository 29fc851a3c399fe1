import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { ProjectionError, RunnerMetrics } from './failure.ts'
import type { Follower } from './follower.ts'
import type { Generation, GenerationRow } from './generation.ts'
import { basisOf, fits, generationColumns, isFree, toGeneration } from './generation.ts'
import type { HistoryLength } from './lag.ts'
import { nextEventsAfter } from './lag.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { LostStream, ProjectionStatus } from './runner.ts'
import type { Session } from './session.ts'

/** Every live or building generation of these projections, by name, the live one first. */
export async function readStatus(
  store: EventStore,
  pool: Pool,
  length: HistoryLength,
  projections: readonly Projection[],
): Promise<readonly ProjectionStatus[]> {
  const { rows } = await pool.query<GenerationRow & { alive: boolean }>(
    `select ${generationColumns}, not ${isFree} as alive
     from guichet_projections.generations g
     where projection = any ($1) and role <> 'retired' order by projection, role = 'building', generation`,
    [projections.map(({ name }) => name)],
  )
  const generations = rows.map(toGeneration)
  const total = await length.upToHead(generations)
  const positions = generations.map(({ position }) => position)
  const next = await nextEventsAfter(store, positions)
  return rows.map((row) => {
    const generation = toGeneration(row)
    const projection = projections.find(({ name }) => name === generation.projection)
    return {
      name: generation.projection,
      version: generation.version,
      state: stateOf(generation, row.alive || (projection !== undefined && fits(generation, projection))),
      generation: generation.generation,
      position: generation.position,
      lag: Math.max(0, total - generation.events),
      lagMilliseconds: next.get(generation.position)?.milliseconds ?? 0,
      unreadable: next.get(generation.position)?.unreadable,
      error: generation.error,
      owner: row.alive ? generation.owner : undefined,
    }
  })
}

/**
 * Which of these projections make no progress, by name: those that are stopped, and those that readers see in a version
 * or on a basis that is not this program's while no process moves them and none builds another generation.
 */
export async function readStopped(pool: Pool, projections: readonly Projection[]): Promise<readonly string[]> {
  const { rows } = await pool.query<{ projection: string }>(
    `select distinct g.projection from guichet_projections.generations g
     join unnest($1::text[], $2::integer[], $3::text[]) as own (projection, version, basis) using (projection)
     where g.role <> 'retired' and g.error is not null
       or g.role = 'serving' and (g.version, g.basis) <> (own.version, own.basis) and ${isFree}
         and not exists (
           select from guichet_projections.generations b where b.projection = g.projection and b.role = 'building')
     order by g.projection`,
    [projections.map(({ name }) => name), projections.map(({ version }) => version), projections.map(basisOf)],
  )
  return rows.map(({ projection }) => projection)
}

/** The streams that projections pass over, the latest first, at most a hundred. */
export async function readLostStreams(pool: Pool): Promise<readonly LostStream[]> {
  const { rows } = await pool.query<{ stream: string; reason: string; since: Date }>(
    'select stream, reason, since from guichet_projections.lost_streams order by since desc, stream limit 100',
  )
  return rows.map(({ since, ...row }) => ({ ...row, since: since.toISOString() }))
}

/**
 * Records a stream that was deleted from the event store, or has lost its first events: `guichet projections status`
 * shows it, and its deadlines do not count as late. The read models must have been migrated; rejects with the errors of
 * the database.
 * @param reason for operators.
 * @returns whether it was not recorded before.
 */
export async function recordLostStream(pool: Pool, stream: string, reason: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'insert into guichet_projections.lost_streams (stream, reason) values ($1, $2) on conflict do nothing',
    [stream, reason],
  )
  return rowCount === 1
}

/** Removes the records of streams that were passed over before an instant, except these. */
export async function forgetLostStreams(pool: Pool, before: Date, except: readonly string[]): Promise<void> {
  await pool.query('delete from guichet_projections.lost_streams where since < $1 and stream <> all ($2::text[])', [
    before,
    except,
  ])
}

/** The lag of the slowest live projection. */
export function lagOfSlowest(
  statuses: readonly ProjectionStatus[],
): Pick<RunnerMetrics, 'lagEvents' | 'lagMilliseconds'> {
  const [slowest] = statuses
    .filter(({ state }) => state === 'live' || state === 'unfollowed')
    .sort((a, b) => b.lag - a.lag)
  return { lagEvents: slowest?.lag ?? 0, lagMilliseconds: slowest?.lagMilliseconds ?? 0 }
}

function stateOf({ role, error }: Generation, isFollowed: boolean): ProjectionStatus['state'] {
  if (error) return 'stopped'
  if (role === 'building') return 'rebuilding'
  return isFollowed ? 'live' : 'unfollowed'
}

/**
 * Stops a live generation at the event that its handler cannot process. The error is stored with it until it is resumed
 * or rebuilt.
 */
export async function stopGeneration(
  session: Session,
  follower: Follower,
  [event]: readonly RecordedEvent[],
  { owner, message }: { readonly owner: string; readonly message: string },
): Promise<ProjectionError> {
  if (!event) throw new RangeError('a projection stops at an event')
  const error: ProjectionError = {
    position: event.position,
    eventId: event.id,
    message,
    at: new Date().toISOString(),
  }
  await session.query(
    `update guichet_projections.generations set error = $1
     where projection = $2 and generation = $3 and owner = $4 and position is not distinct from $5`,
    [JSON.stringify(error), follower.projection.name, follower.generation, owner, follower.position ?? null],
  )
  return error
}

/** Whether the generation is still live and this owner moves it. */
export async function stillHeld(session: Session, follower: Follower, owner: string): Promise<boolean> {
  const rows = await session.query(
    `select from guichet_projections.generations
     where projection = $1 and generation = $2 and role = 'serving' and owner = $3`,
    [follower.projection.name, follower.generation, owner],
  )
  return rows.length > 0
}

/** Stops the building of a generation. The error is stored with it until it is resumed or rebuilt. */
export async function stopBuild(
  session: Session,
  { projection, generation }: Generation,
  owner: string,
  error: ProjectionError,
): Promise<void> {
  await session.query(
    `update guichet_projections.generations set error = $1, owner = null
     where projection = $2 and generation = $3 and role = 'building' and owner = $4`,
    [JSON.stringify(error), projection, generation, owner],
  )
}

/**
 * Resumes the stopped generations of a projection, except those whose checkpoint the log does not have; returns whether
 * there were any.
 */
export async function clearError(pool: Pool, projection: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update guichet_projections.generations set error = null
     where projection = $1 and role <> 'retired' and error is not null and error->'isOutsideLog' is null`,
    [projection],
  )
  return (rowCount ?? 0) > 0
}
