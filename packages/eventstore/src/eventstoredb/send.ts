import type { Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import type { EventData } from '@eventstore/db-client'
import {
  AppendOutcomeUnknown,
  AppendRejected,
  retryWithBackOff,
  StoreUnavailable,
  StreamDeleted,
} from '../failure/index.ts'
import type { Connection } from './connection.ts'
import { toPosition } from './position.ts'
import { resending } from './read.ts'
import { said, troubleOf } from './trouble.ts'

/**
 * Sends events to be stored behind a version, and again when the connection breaks: the server knows their ids, and stores
 * them once.
 * @returns the position of the last one; undefined when only reading the stream tells what became of them: it had moved on,
 * or they may have been stored by an earlier try.
 * @throws AppendRejected, StoreUnavailable (nothing was written), AppendOutcomeUnknown, or CorruptHistory for a stream that
 * the server numbers otherwise than from its first event.
 */
export async function send(
  connection: Connection,
  stream: string,
  events: EventData[],
  version: number,
): Promise<Position | undefined> {
  let perhapsStored = false
  const sendOnce = async (): Promise<Position | undefined> => {
    await connection.assertUsable()
    const expectedRevision = version === 0 ? 'no_stream' : BigInt(version - 1)
    const options = { expectedRevision, requiresLeader: true } as const
    const name = connection.names.onServer(stream)
    const appending = connection.client.appendToStream(name, events, options)
    const { nextExpectedRevision, position } = await appending.catch((error: unknown) => {
      perhapsStored ||= troubleOf(error) === 'away'
      throw error
    })
    if (nextExpectedRevision !== BigInt(version + events.length - 1)) {
      throw new CorruptHistory(`the stream ${stream} goes on at ${nextExpectedRevision}: it has lost its first events`)
    }
    return position && !perhapsStored ? toPosition(position) : undefined
  }
  const isRetryable = (error: unknown): boolean => {
    const trouble = troubleOf(error)
    return trouble === 'away' || trouble === 'unsent' || trouble === 'not_leader'
  }
  try {
    return await retryWithBackOff(sendOnce, { ...resending, isRetryable })
  } catch (error) {
    if (troubleOf(error) === 'wrong_version') return undefined
    throw failure(stream, events, error, perhapsStored)
  }
}

function failure(stream: string, events: readonly EventData[], error: unknown, perhapsStored: boolean): Error {
  const cause = { cause: error }
  const trouble = troubleOf(error)
  if (error instanceof CorruptHistory) return error
  if (error instanceof StoreUnavailable && !perhapsStored) return error
  if (trouble === 'deleted') return new StreamDeleted(stream)
  if (trouble === 'too_large') return new AppendRejected(tooLarge(stream, events, error), cause)
  if (trouble === 'invalid') {
    return new AppendRejected(`EventStoreDB refuses the events: ${said(error)}`, cause)
  }
  const unsent = trouble === 'unsent' || trouble === 'not_leader' || trouble === 'denied'
  if (unsent && !perhapsStored) return new StoreUnavailable(`EventStoreDB did not append: ${said(error)}`, cause)
  return new AppendOutcomeUnknown(error)
}

const tooLarge = (stream: string, events: readonly EventData[], error: unknown): string =>
  `the ${events.length} events of a command on the stream ${stream} are larger together than EventStoreDB takes in one append (${said(error)})`
