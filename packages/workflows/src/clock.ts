import type { Pool } from 'pg'
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
  StreamName,
} from '@guichet/domain'
import {
  clockActor,
  engineCommandId,
  importCorrelation,
  importedPast,
  importOf,
  latest,
  parseStream,
  refusal,
} from '@guichet/domain'

/** A stream whose clock could not do its work, and will try again. */
export type ClockFailure = {
  readonly stream: string
  /** The refusal's code and message, or the error. */
  readonly message: string
  /** How often it has been tried. */
  readonly attempts: number
  readonly nextTry: Instant
}

export type ClockStatus = {
  /** The earliest instant at which the engine will look at a stream; undefined when it waits for nothing. */
  readonly nextDue: Instant | undefined
  /** Streams whose instant has passed and that are not dealt with yet. */
  readonly late: number
  /** Why the engine's own server cannot be asked now; then the rest is about what waits for it in the database. */
  readonly unavailable?: string
  /** How many streams fail. */
  readonly failing: number
  /** The failing streams that are tried next, at most 100. */
  readonly failures: readonly ClockFailure[]
}

/**
 * The port behind which every engine of the clock stands: it waits for the deadlines of all streams and lets `fireDue`
 * act on each, as one of any number of processes on the same database. `@guichet/workflows/contract` holds the suite
 * that each engine passes.
 */
export type ClockEngine = {
  /** Starts to act on deadlines, those first that fell due while no engine ran. */
  start(): Promise<void>
  /** Takes up nothing new and resolves when what is under way has ended. What stands is kept for the next engine. */
  stop(): Promise<void>
  status(): Promise<ClockStatus>
}

export type RefusedDeadline = { readonly deadline: Deadline; readonly refusal: Refusal }

/** What became of the deadlines of a stream. */
export type FiredDue = {
  /** The deadlines that took effect, in the order in which they did. */
  readonly fired: readonly Deadline[]
  /** The deadlines that are due and that the domain does not let take effect: to be reported, and tried again. */
  readonly refused: readonly RefusedDeadline[]
  /** When the stream is to be looked at again: its earliest deadline that is not refused; undefined when there is none. */
  readonly next: Instant | undefined
  /** What stands on the stream then. */
  readonly standing: ClockState
}

/**
 * Lets every deadline of a stream take effect that is due at `now`, one at a time, earliest first, on the stream as it
 * stands after the one before: a deadline that an earlier one, or somebody's deed, has made pointless does nothing.
 * Repeating it, at once or after a crash, has no second effect: each deadline has one command id.
 * Streams without clocks, unknown ones among them, have nothing due. What follows from imported history alone is part of that import
 * (`importOf`).
 * @throws what the store rejects with.
 */
export async function fireDue(desk: Desk, stream: StreamName, now: Instant): Promise<FiredDue> {
  const fired: Deadline[] = []
  const refused: RefusedDeadline[] = []
  const tried: Deadline[] = []
  let standing = await desk.clockState(stream)
  let past: Promise<ImportedPast | undefined> | undefined
  for (;;) {
    const deadline = standing.deadlines.find((one) => !refused.some((other) => isSame(other.deadline, one)))
    if (deadline === undefined || deadline.dueAt > now) return { fired, refused, next: deadline?.dueAt, standing }
    if (tried.some((other) => isSame(other, deadline))) {
      refused.push({ deadline, refusal: withoutEffect })
      continue
    }
    tried.push(deadline)
    past ??= importedPast(desk, stream, standing.version)
    const outcome = await fire(desk, stream, deadline, now, importOf(deadline, await past))
    if (!outcome.ok) refused.push({ deadline, refusal: outcome.refusal })
    else if (outcome.value.events.length > 0) fired.push(deadline)
    const after = outcome.ok ? outcome.value : undefined
    standing = await desk.clockState(stream, after?.state === undefined ? undefined : after)
  }
}

/** Every category with clocks takes `fire`; its own schema checks the kind. */
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

const isSame = (a: Deadline, b: Deadline): boolean => a.kind === b.kind && a.cycle === b.cycle && a.dueAt === b.dueAt

const withoutEffect = refusal('invalid_command', {
  message: 'the deadline still stands after it was fired',
  field: 'dueAt',
})

/** Deadlines that are due and were refused, as the error by which an engine reports them and tries again. */
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
 * How many streams have something due that has not taken effect yet, as the read model of deadlines knows, whatever the engine believes.
 * @returns undefined before there are read models. Rejects with what the database does.
 */
export async function readOverdue(pool: Pool): Promise<number | undefined> {
  const { rows: found } = await pool.query<{ exists: boolean }>(
    `select to_regclass('guichet_read.deadline') is not null as exists`,
  )
  if (!found[0]?.exists) return undefined
  const { rows } = await pool.query<{ overdue: number }>(
    'select count(*)::integer as overdue from guichet_read.deadline where next_due <= now() and held_by is null',
  )
  return rows[0]?.overdue
}
