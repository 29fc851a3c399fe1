import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { StreamDeleted } from '../failure.ts'

/** What identifies the last event that a consumer has processed, to find out later whether the log still has it. */
export type LastEvent = Pick<EventEnvelope, 'position' | 'id' | 'commandId'>

/** Where a consumer of the log stands. */
export type Checkpoint = {
  readonly position: Position
  /** The event at the position; one at another position is out of date, and not compared. */
  readonly last?: LastEvent | null | undefined
}

/**
 * A consumer has processed an event that the log does not have, as after an older backup of the events was restored: the
 * positions after it are those of other events.
 */
export class CheckpointNotInLog extends Error {
  override readonly name = 'CheckpointNotInLog'
  constructor({ position, last }: Checkpoint) {
    const event = last?.position === position ? `, event ${last.id}` : ''
    super(
      `the log does not have the last event that was processed (position ${position}${event}): ` +
        'an older backup of the events was restored. Restore the backup that belongs to this database, or follow the log as it ' +
        'is: stop every server, then guichet projections rebuild --all and guichet reactions restart',
    )
  }
}

/** The part of an event that a checkpoint keeps. */
export const lastEventOf = ({ position, id, commandId }: EventEnvelope): LastEvent => ({ position, id, commandId })

/**
 * Whether the log has the event of a checkpoint. Without a known event, or where its stream was deleted or cut, it only
 * finds out whether the log reaches as far.
 * @throws the errors of the store.
 */
export async function isInLog(
  store: Pick<EventStore, 'isAhead' | 'readStream' | 'comparePositions'>,
  { position, last }: Checkpoint,
): Promise<boolean> {
  if (await store.isAhead(position)) return false
  if (last?.position !== position) return true
  const [, stream, version] = /^(.*)\/(\d+)$/s.exec(last.id) ?? []
  if (stream === undefined) return true
  try {
    const [event] = await store.readStream(stream, Number(version), 1)
    return event?.commandId === last.commandId && store.comparePositions(event.position, position) === 0
  } catch (error) {
    if (error instanceof StreamDeleted || error instanceof CorruptHistory) return true
    throw error
  }
}

/** @throws CheckpointNotInLog when the log does not have the event of a checkpoint. */
export async function assertInLog(store: Parameters<typeof isInLog>[0], checkpoint: Checkpoint): Promise<void> {
  if (!(await isInLog(store, checkpoint))) throw new CheckpointNotInLog(checkpoint)
}
