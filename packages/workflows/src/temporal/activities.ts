import { activityInfo, Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Desk, StreamDeleted, StreamName } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import type { FiredDue } from '../clock.ts'
import { DeadlinesRefused, fireDue } from '../clock.ts'
import { opaqueStreamName } from '../opaque-name.ts'
import type { OnError } from '../supervision.ts'
import { retryPause, withOwnSignal } from '../supervision.ts'
import { clockState, readClockState } from './clock-state.ts'
import type { Progress } from './reconcile.ts'
import { reconcile } from './reconcile.ts'
import { isClocked } from './workflow/clock-state.ts'
import type { ClockActivities, ReconcilerActivities } from './workflow/workflows.ts'

type ActivityParts = {
  readonly desk: Desk
  readonly failures: Failures
  readonly finished: FinishedClocks
  /** Called for a stream that was deleted. */
  readonly onDeleted: (deleted: StreamDeleted) => Promise<void>
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  readonly onError: OnError
}

/**
 * The least pause before a new clock: where the machine that starts clocks is ahead, it would start one again and
 * again.
 */
const longestPauseMs = 30_000

/**
 * The activities of clocks. The due instant of a clock counts as reached even where this machine's clock is behind, by
 * no more than the desk tolerates as a difference of clocks; before that, only deadlines that are due by this machine's
 * clock are fired, and the next clock is started after a pause. The configuration is refreshed first, since the process
 * that started the clock may have known a newer one. A failure is recorded and thrown: Temporal retries, with growing
 * pauses, for ever. The first try, within a workflow's own task, is followed by another one at once, which is the one
 * to report.
 *
 * Where the read model shows the deadline that has been fired, its projection reports the stream with the next one: only
 * the end of the clock is recorded, and so it is for a deleted stream. Where nothing was fired, as after a crash or too
 * early, or where the projection may take the deadline and its effect together, the next clock is recorded here.
 */
export function clockActivities(parts: ActivityParts): ClockActivities {
  const { desk, failures, finished, onDeleted, labelled, onError } = parts
  return {
    fireDue: async ({ stream, dueAt }) => {
      const { attempt, isLocal } = activityInfo()
      try {
        const early = dueAt !== undefined && desk.isInTheFuture(instant(dueAt))
        const reached = early ? undefined : dueAt
        const [{ held: isHeld, failed: hasFailed, projected: isProjected }] = await Promise.all([
          failures.conditionOf(stream, reached),
          desk.refreshConfiguration(),
        ])
        const after = isHeld ? undefined : await fire(desk, stream, reached)
        if (after?.deleted) await onDeleted(after.deleted)
        if (hasFailed) await failures.forget(stream)
        const now = { held: isHeld, labelled: labelled() }
        const state = after
          ? clockState(stream, after.clockState, now)
          : await readClockState(desk, stream, now, onDeleted)
        const clocked = isClocked(state)
        const isReported = isProjected && after !== undefined && after.fired.length > 0
        if (!clocked || isReported) {
          await finished.end(stream, dueAt)
          return clocked ? undefined : state
        }
        const pauseMs = early ? Math.max(0, Math.min(Date.parse(dueAt) - Date.now(), longestPauseMs)) : 0
        await finished.renew(stream, state.deadlines[0]?.dueAt, pauseMs)
        return undefined
      } catch (error) {
        if (isLocal) throw error
        onError(error, `the clock of ${opaqueStreamName(stream)}`)
        const message = error instanceof Error ? error.message : String(error)
        await failures.note(stream, message, attempt).catch(() => undefined)
        throw error
      }
    },
  }
}

async function fire(desk: Desk, stream: StreamName, dueAt: string | undefined): Promise<FiredDue> {
  const now = instant(new Date())
  const result = await fireDue(desk, stream, dueAt === undefined ? now : latest(now, instant(dueAt)))
  if (result.refused.length > 0) throw new DeadlinesRefused(result.refused)
  return result
}

/** The records of a finished clock, for the process that starts the next one. */
type FinishedClocks = {
  /**
   * Records that the next clock of a stream is to be started, after `pauseMs` milliseconds at the latest, and when it
   * is due.
   */
  renew(stream: string, dueAt: string | undefined, pauseMs: number): Promise<void>
  /**
   * Records that the clock of a stream, with its due instant, has ended; not where another one has taken its place
   * meanwhile.
   */
  end(stream: string, dueAt: string | undefined): Promise<void>
}

/**
 * The finished clocks in `guichet_workflows`, whose schema must be migrated. Rejects with the errors of the database.
 */
export function finishedClocksIn(pool: Pool): FinishedClocks {
  return {
    renew: async (stream, dueAt, pauseMs) => {
      const values = [stream, dueAt ?? null, pauseMs]
      await pool.query({ name: 'guichet_workflows.renew_clock', text: renewing, values })
    },
    end: async (stream, dueAt) => {
      await pool.query({
        name: 'guichet_workflows.end_clock',
        text: 'delete from guichet_workflows.clocks where stream = $1 and due_at is not distinct from $2::timestamptz',
        values: [stream, dueAt ?? null],
      })
    },
  }
}

/** The row of the outbox first, in the lock order of all other statements. */
const renewing = `
  with noted as (
    insert into guichet_workflows.clock_outbox (stream, due_at, mark, try_at)
    values ($1, $2, nextval('guichet_workflows.clock_outbox_mark'), now() + $3 * interval '1 millisecond')
    on conflict (stream) do update set
      due_at = excluded.due_at, mark = excluded.mark, try_at = least(clock_outbox.try_at, excluded.try_at), attempts = 0, error = null
    returning stream
  )
  delete from guichet_workflows.clocks using noted where clocks.stream = noted.stream`

/** The streams whose clocks failed. */
type Failures = {
  /**
   * Whether the clock of a stream is paused, whether its last try failed, and whether the read model shows its due
   * instant.
   */
  conditionOf(
    stream: string,
    dueAt: string | undefined,
  ): Promise<{ readonly held: boolean; readonly failed: boolean; readonly projected: boolean }>
  note(stream: string, message: string, attempts: number): Promise<void>
  forget(stream: string): Promise<void>
}

/** The failures in `guichet_workflows`, whose schema must be migrated. Rejects with the errors of the database. */
export function failuresIn(pool: Pool): Failures {
  return {
    conditionOf: async (stream, dueAt) => {
      const { rows } = await pool.query<{ held: boolean; failed: boolean; projected: boolean }>({
        name: 'guichet_workflows.clock_condition',
        text: `
          select exists (select from guichet_workflows.held_streams(array[$1])) as held,
                 exists (select from guichet_workflows.clock_failures where stream = $1) as failed,
                 coalesce(guichet_workflows.next_due_of($1) = $2::timestamptz, false) as projected`,
        values: [stream, dueAt ?? null],
      })
      return rows[0] ?? { held: false, failed: false, projected: false }
    },
    note: async (stream, message, attempts) => {
      await pool.query(
        `insert into guichet_workflows.clock_failures (stream, message, attempts, next_try)
         values ($1, $2, $3, now() + $4 * interval '1 millisecond')
         on conflict (stream) do update
           set message = excluded.message, attempts = excluded.attempts, next_try = excluded.next_try`,
        [stream, message, attempts, retryPause(attempts)],
      )
    },
    forget: async (stream) => {
      await pool.query({
        name: 'guichet_workflows.forget_failure',
        text: 'delete from guichet_workflows.clock_failures where stream = $1',
        values: [stream],
      })
    },
  }
}

type ReconcilerParts = {
  readonly pool: Pool
  readonly client: Client
  readonly taskQueue: string
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  /** Announces that this process ends: it does not wait for a comparison, which another one continues. */
  readonly stopping: AbortSignal
}

/**
 * Compares, and reports its progress to Temporal page by page: when it falls silent, another process continues within
 * seconds.
 */
export function reconcilerActivities({
  pool,
  client,
  taskQueue,
  labelled,
  stopping,
}: ReconcilerParts): ReconcilerActivities {
  return {
    reconcile: async () => {
      const context = Context.current()
      return withOwnSignal([stopping, context.cancellationSignal], ({ signal }) => {
        const aborted = new Promise<never>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        )
        const reconciled = reconcile(pool, client, taskQueue, {
          labelled: labelled(),
          signal,
          progressed: (progress) => context.heartbeat(progress),
          from: context.info.heartbeatDetails as Progress | undefined,
        })
        // The client does not break off a call that begins after the abort, nor one that waits for its next try.
        return Promise.race([reconciled, aborted])
      })
    },
  }
}
