import type { Pool } from 'pg'
import { recordLostStream } from '@guichet/projections'
import { opaqueStreamName } from './opaque-name.ts'
import type { OnError } from './supervision.ts'
import type {
  ClockedCategory,
  Deadline,
  Desk,
  ImportedPast,
  Instant,
  Outcome,
  Refusal,
  Sender,
  ClockState,
  StreamCategories,
  StreamDeleted,
  StreamName,
} from '@guichet/domain'
import {
  clockActor,
  engineCommandId,
  importCorrelation,
  importedPast,
  importOf,
  instant,
  isSameDeadline,
  latest,
  parseStream,
  refusal,
  unlessDeleted,
} from '@guichet/domain'

/** A stream whose clock failed and will retry. */
export type ClockFailure = {
  readonly stream: string
  /** The refusal's code and message, or the error. */
  readonly message: string
  /** How often it has been tried. */
  readonly attempts: number
  readonly nextTry: Instant
}

/** A row of a table of failures; `failing` counts all of them. */
export type FailingRow = Omit<ClockFailure, 'nextTry'> & { readonly next_try: Date; readonly failing: number }

/** The failures among the rows of a table. */
export const failuresOf = (rows: readonly FailingRow[]): Pick<ClockStatus, 'failing' | 'failures'> => ({
  failing: rows[0]?.failing ?? 0,
  failures: rows.map(({ stream, message, attempts, next_try: nextTry }) => ({
    stream,
    message,
    attempts,
    nextTry: instant(nextTry),
  })),
})

/** What a clock waits for, and what it fails at. */
export type ClockStatus = {
  /** The earliest instant at which the engine will check a stream; undefined when it waits for nothing. */
  readonly nextDue: Instant | undefined
  /** Streams whose instant has passed and that are not processed yet. */
  readonly late: number
  /**
   * Why the engine's own server is unavailable; the other fields then describe the deadlines that wait in the database.
   */
  readonly unavailable?: string
  /** How many streams fail. */
  readonly failing: number
  /** The failing streams with the earliest retries, at most 100. */
  readonly failures: readonly ClockFailure[]
}

/**
 * The port of every engine of the clock: it waits for the deadlines of all streams and calls `fireDue` for each stream
 * with due ones, as one of any number of processes on the same database. `@guichet/workflows/contract` contains the
 * suite that each engine passes.
 */
export type ClockEngine = {
  /** Starts to fire deadlines, first those that fell due while no engine ran. */
  start(): Promise<void>
  /**
   * Accepts no new work and resolves when work under way has ended. Outstanding deadlines are left to the next engine.
   */
  stop(): Promise<void>
  status(): Promise<ClockStatus>
}

/** A due deadline that the domain refuses, and why. */
export type RefusedDeadline = { readonly deadline: Deadline; readonly refusal: Refusal }

/** The outcome for the deadlines of a stream. */
export type FiredDue = {
  /** The deadlines that took effect, in that order. */
  readonly fired: readonly Deadline[]
  /** The due deadlines that the domain refuses: to be reported, and retried. */
  readonly refused: readonly RefusedDeadline[]
  /**
   * When the stream is to be checked again: its earliest deadline that is not refused; undefined when there is none.
   */
  readonly next: Instant | undefined
  /** The state of the stream's clock afterwards. */
  readonly clockState: ClockState
  /** Set where the stream was deleted from the event store: it has no clock any more, whatever read models show. */
  readonly deleted?: StreamDeleted
}

/**
 * Fires every deadline of a stream that is due at `now`, one at a time, earliest first, each on the state that the
 * previous one left: a deadline that an earlier one, or a person's action, has made pointless does nothing. Repeating
 * it, at once or after a crash, has no second effect: each deadline has one command id. Streams without clocks, unknown
 * ones among them, have nothing due, and nor have deleted ones. Deadlines that follow from imported history alone are
 * part of that import (`importOf`).
 * @throws the store's errors.
 */
export const fireDue = (desk: Desk, stream: StreamName, now: Instant): Promise<FiredDue> =>
  unlessDeleted(
    fireEach(desk, stream, now),
    (deleted) => ({ fired: [], refused: [], next: undefined, clockState: noClock, deleted }),
    stream,
  )

/** The clock state of a stream without a history. */
export const noClock: ClockState = { version: 0, deadlines: [], labels: undefined }

async function fireEach(desk: Desk, stream: StreamName, now: Instant): Promise<FiredDue> {
  const fired: Deadline[] = []
  const refused: RefusedDeadline[] = []
  const tried: Deadline[] = []
  let current = await desk.clockState(stream)
  let past: Promise<ImportedPast | undefined> | undefined
  for (;;) {
    const deadline = current.deadlines.find((one) => !refused.some((other) => isSameDeadline(other.deadline, one)))
    if (deadline === undefined || deadline.dueAt > now)
      return { fired, refused, next: deadline?.dueAt, clockState: current }
    if (tried.some((other) => isSameDeadline(other, deadline))) {
      refused.push({ deadline, refusal: withoutEffect })
      continue
    }
    tried.push(deadline)
    past ??= importedPast(desk, stream, current.version)
    const outcome = await fire(desk, stream, deadline, now, importOf(deadline, await past))
    if (!outcome.ok) refused.push({ deadline, refusal: outcome.refusal })
    else if (outcome.value.events.length > 0) fired.push(deadline)
    const after = outcome.ok ? outcome.value : undefined
    current = await desk.clockState(stream, after?.state === undefined ? undefined : after)
  }
}

/** Every category with clocks has the command `fire`; its own schema checks the kind. */
async function fire(
  desk: Desk,
  stream: StreamName,
  deadline: Deadline,
  now: Instant,
  importId: string | undefined,
): Promise<Outcome> {
  const { category, id } = parseStream(stream)
  const sender: Sender = {
    by: clockActor,
    at: latest(now, deadline.dueAt),
    commandId: engineCommandId('clock', stream, deadline.kind, String(deadline.cycle), deadline.dueAt),
    ...(importId !== undefined && { correlationId: importCorrelation(importId) }),
  }
  const command = { type: 'fire', ...deadline } as StreamCategories[ClockedCategory]['command']
  return desk.engine.execute(category as ClockedCategory, id, command, sender)
}

const withoutEffect = refusal('invalid_command', {
  message: 'the deadline still stands after it was fired',
  field: 'dueAt',
})

/** Deadlines that are due and were refused, as the error by which an engine reports them and retries. */
export class DeadlinesRefused extends Error {
  override readonly name = 'DeadlinesRefused'

  constructor(refused: readonly RefusedDeadline[]) {
    super(
      refused
        .map(({ deadline, refusal }) => `${deadline.kind} due ${deadline.dueAt}: ${refusal.code}, ${refusal.message}`)
        .join('; '),
    )
  }
}

/**
 * Whether there is a read model of deadlines, which does not end once it is there. Rejects with the errors of the
 * database.
 */
export async function hasDeadlines(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ exists: boolean }>(
    `select to_regclass('guichet_read.deadline') is not null
       and to_regclass('guichet_projections.lost_streams') is not null as exists`,
  )
  return rows[0]?.exists ?? false
}

/** The SQL condition for a column of streams: deleted, or without their first events, as far as that was noticed. */
export const isLost = (column: string): string =>
  `exists (select from guichet_projections.lost_streams l where l.stream = ${column})`

/** Records that a stream was deleted, and reports that if nobody has before. Rejects with the errors of the database. */
export async function noteDeleted(pool: Pool, deleted: StreamDeleted, onError: OnError): Promise<void> {
  const { stream, message } = deleted
  if (!(await hasDeadlines(pool)) || !(await recordLostStream(pool, stream, message))) return
  const name = opaqueStreamName(stream)
  onError(new Error(`the stream ${name} was deleted from the event store`), `the clock of ${name}, which ends`)
}

/**
 * How many streams have a due deadline that has not taken effect yet, according to the read model of deadlines, not to
 * the engine; without those that were deleted.
 * @returns undefined before there are read models. Rejects with the errors of the database.
 */
export async function readOverdue(pool: Pool): Promise<number | undefined> {
  if (!(await hasDeadlines(pool))) return undefined
  const { rows } = await pool.query<{ overdue: number }>(
    `select count(*)::integer as overdue from guichet_read.deadline d
     where next_due <= now() and held_by is null and not ${isLost('d.stream')}`,
  )
  return rows[0]?.overdue
}
