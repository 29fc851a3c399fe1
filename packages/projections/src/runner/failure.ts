import { isDatabaseAway } from '@guichet/eventstore'
import { HistoryUnreadable } from './stream-history.ts'

const checkpointMoved = 'GU001'
const abortedTransaction = '25P02'
const serializationFailure = '40001'
const deadlock = '40P01'
const lockTimeout = '55P03'
const passing: readonly unknown[] = [serializationFailure, deadlock, lockTimeout]

/** The connection broke in the middle of something; what was not committed is gone. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  constructor(cause: unknown) {
    super(`the connection was lost: ${messageOf(cause)}`, { cause })
  }
}

/** Another runner has moved the checkpoint or taken the lease: what was being written is not ours to write. */
export function isCheckpointMoved(error: unknown): boolean {
  return codeOf(error) === checkpointMoved
}

/** A consequence of another statement's failure in the same transaction. */
export function isAftermath(error: unknown): boolean {
  return codeOf(error) === abortedTransaction
}

/** A failure of the surroundings, which goes away by trying again: a lost connection, a deadlock, a full server. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionLost ||
    error instanceof HistoryUnreadable ||
    isDatabaseAway(error) ||
    passing.includes(codeOf(error))
  )
}

/** What a failure says of itself, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
