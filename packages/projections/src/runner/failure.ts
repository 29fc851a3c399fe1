import type { Position } from '@guichet/domain'
import { isDatabaseAway } from '@guichet/eventstore'
import type { RecordedEvent } from './projection.ts'
import { HistoryUnreadable } from './stream-history.ts'

const checkpointMoved = 'GU001'
const abortedTransaction = '25P02'
const serializationFailure = '40001'
const deadlock = '40P01'
const lockTimeout = '55P03'
const passing: readonly unknown[] = [serializationFailure, deadlock, lockTimeout]

/** The connection broke during work; uncommitted changes are lost. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  constructor(cause: unknown) {
    super(`the connection was lost: ${messageOf(cause)}`, { cause })
  }
}

/** Whether another runner has moved the checkpoint or taken the lease, so that this one may not write the batch. */
export function isCheckpointMoved(error: unknown): boolean {
  return codeOf(error) === checkpointMoved
}

/** Whether an error only follows from another statement's failure in the same transaction. */
export function isAftermath(error: unknown): boolean {
  return codeOf(error) === abortedTransaction
}

/** Whether a retry can succeed: a lost connection, a deadlock, a full server. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionLost ||
    error instanceof HistoryUnreadable ||
    isDatabaseAway(error) ||
    passing.includes(codeOf(error))
  )
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Why a projection was stopped: the event that its handler could not process, and the handler's message. */
export type ProjectionError = {
  readonly position: Position
  readonly eventId: string
  readonly message: string
  /** When it was stopped, UTC. */
  readonly at: string
  /** Set where the event is the checkpoint itself, which the log does not have. */
  readonly isOutsideLog?: true
}

/** A transaction that wrote events to live read models. */
export type WrittenBatch = {
  readonly projections: readonly string[]
  readonly events: readonly RecordedEvent[]
  /** From its beginning to its commit. */
  readonly milliseconds: number
}

/** Counters of this process since its start, and the lag of the read models. */
export type RunnerMetrics = {
  readonly batches: number
  readonly events: number
  /** The last transaction that this process committed; milliseconds from its beginning to its commit. */
  readonly lastBatch: { readonly events: number; readonly milliseconds: number } | undefined
  /** Events that the slowest live projection lacks. */
  readonly lagEvents: number
  /** How long the first of these events has been stored, in milliseconds; 0 when there is none. */
  readonly lagMilliseconds: number
  /** The last failure of this process, even if it is over. */
  readonly lastError: { readonly message: string; readonly at: string } | undefined
}

/** A rebuild that did not begin. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused'
  readonly reason: 'unknown_projection' | 'under_way'
  constructor(reason: RebuildRefused['reason'], projection: string) {
    super(
      reason === 'unknown_projection'
        ? `there is no projection named ${projection}`
        : `a rebuild of ${projection} is under way already`,
    )
    this.reason = reason
  }
}

/** A rebuild failed at an event that its projection cannot process; the live tables are unchanged. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed'
  readonly projection: string
  readonly at: ProjectionError
  constructor(projection: string, at: ProjectionError, cause: unknown) {
    super(`the rebuild of ${projection} failed at event ${at.eventId} (position ${at.position}): ${at.message}`, {
      cause,
    })
    this.projection = projection
    this.at = at
  }
}

/** Another process has taken over a half-built generation, for instance after a long pause of this one. */
export class BuildTakenOver extends Error {
  override readonly name = 'BuildTakenOver'
  constructor(projection: string) {
    super(`the rebuild of ${projection} has been taken over by another process`)
  }
}

/** One line for the operator. */
export type RunnerLog = (level: 'info' | 'warn' | 'error', message: string) => void

/** For how many milliseconds a repeated failure is not logged again. */
const repeatMs = 60_000

/** Counts the work and the failures of a runner. */
export type Activity = {
  /** Records the commit of a transaction that took this many milliseconds. */
  written(events: number, milliseconds: number): void
  /** Records a failure; `doing` names the work. */
  failed(doing: string, error: unknown): void
  readonly log: RunnerLog
  counted(): Pick<RunnerMetrics, 'batches' | 'events' | 'lastBatch' | 'lastError'>
}

/** Starts all counts at 0. Logs failures; a repeated one at most once a minute. */
export function createActivity(log: RunnerLog): Activity {
  let batches = 0
  let total = 0
  let lastBatch: RunnerMetrics['lastBatch']
  let lastError: RunnerMetrics['lastError']
  let logged: { readonly message: string; readonly at: number } | undefined
  return {
    log,
    written(events, milliseconds) {
      batches++
      total += events
      lastBatch = { events, milliseconds }
    },
    failed(doing, error) {
      const message = `${doing}: ${messageOf(error)}`
      lastError = { message, at: new Date().toISOString() }
      if (logged?.message === message && performance.now() - logged.at < repeatMs) return
      logged = { message, at: performance.now() }
      log('warn', message)
    },
    counted: () => ({ batches, events: total, lastBatch, lastError }),
  }
}
