import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import { CheckpointNotInLog, isInLog } from '@guichet/eventstore'
import type { ProjectionError } from './failure.ts'
import type { Generation } from './generation.ts'
import { readGenerations } from './lease.ts'

/** The read models whose checkpoint is an event that the log does not have, and what to do about it. */
export type OutsideLog = { readonly projections: readonly string[]; readonly message: string }

/**
 * Stops the projections whose checkpoint is an event that the log does not have, since they would pass over the events
 * that are there instead; a rebuild follows the log as it is. Resumes those that were stopped for this once the log has
 * the event again.
 * @returns the live ones that are stopped for this; undefined without any.
 * @throws the errors of the store and of the database.
 */
export async function stopOutsideLog(
  store: EventStore,
  pool: Pool,
  names: readonly string[],
): Promise<OutsideLog | undefined> {
  const outside: Generation[] = []
  const answers = new Map<string, boolean>()
  let message = ''
  for (const generation of await readGenerations(pool, names)) {
    const { position, lastEvent: last } = generation
    if (position === undefined) continue
    const key = JSON.stringify([position, last?.id, last?.commandId])
    const within = answers.get(key) ?? (await isInLog(store, { position, last }))
    answers.set(key, within)
    if (within) await resume(pool, generation)
    else {
      await stop(pool, generation)
      // One that is being built is built anew.
      if (generation.role === 'building') continue
      message ||= new CheckpointNotInLog({ position, last }).message
      outside.push(generation)
    }
  }
  if (outside.length === 0) return undefined
  return { projections: outside.map(({ projection }) => projection), message }
}

async function stop(
  pool: Pool,
  { projection, generation, position, lastEvent: last, error }: Generation,
): Promise<void> {
  // Another error gives way: once it is taken back, the generation would go on in another log.
  if (error?.isOutsideLog || position === undefined) return
  const stopped: ProjectionError = {
    position,
    eventId: last?.id ?? '',
    message: new CheckpointNotInLog({ position, last }).message,
    at: new Date().toISOString(),
    isOutsideLog: true,
  }
  await pool.query(
    `update guichet_projections.generations set error = $1
     where projection = $2 and generation = $3 and position = $4`,
    [JSON.stringify(stopped), projection, generation, position],
  )
}

async function resume(pool: Pool, { projection, generation, position, error }: Generation): Promise<void> {
  if (!error?.isOutsideLog) return
  await pool.query(
    `update guichet_projections.generations set error = null
     where projection = $1 and generation = $2 and position = $3 and error->'isOutsideLog' = 'true'`,
    [projection, generation, position],
  )
}
