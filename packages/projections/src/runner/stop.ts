import type { Pool } from 'pg'
import type { Follower } from './follower.ts'
import type { Generation } from './generation.ts'
import type { RecordedEvent } from './projection.ts'
import type { ProjectionError } from './runner.ts'
import type { Session } from './session.ts'

/** Stops a live generation at the event its handler cannot take; the error stays with it until it is resumed or rebuilt. */
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

/** Whether the generation still serves and this owner moves it. */
export async function stillHeld(session: Session, follower: Follower, owner: string): Promise<boolean> {
  const rows = await session.query(
    `select from guichet_projections.generations
     where projection = $1 and generation = $2 and role = 'serving' and owner = $3`,
    [follower.projection.name, follower.generation, owner],
  )
  return rows.length > 0
}

/** Stops the building of a generation: it keeps its error until it is resumed or rebuilt. */
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

/** Lets what was stopped of a projection go on; answers whether anything was. */
export async function clearError(pool: Pool, projection: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update guichet_projections.generations set error = null
     where projection = $1 and role <> 'retired' and error is not null`,
    [projection],
  )
  return (rowCount ?? 0) > 0
}
