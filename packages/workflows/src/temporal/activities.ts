import { activityInfo, Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Desk, ClockState, StreamName } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import { DeadlinesRefused, fireDue } from '../clock.ts'
import type { OnError } from '../supervision.ts'
import { retryPause, withOwnSignal } from '../supervision.ts'
import { clockState } from './clock-state.ts'
import type { Progress } from './reconcile.ts'
import { reconcile } from './reconcile.ts'
import { isClocked } from './workflow/clock-state.ts'
import type { ClockActivities, ReconcilerActivities } from './workflow/workflows.ts'

type ActivityParts = {
  readonly desk: Desk
  readonly failures: Failures
  readonly finished: FinishedClocks
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  readonly onError: OnError
}

/** Where the machine that starts clocks is ahead, it would start one at once again and again. */
const longestPauseMs = 30_000

/**
 * What the clocks do. The instant a clock has waited for has come even where this machine's clock is behind, by no more than the
 * desk takes for a difference of clocks; before that only what is due by this machine's clock takes effect, and the next clock is started
 * after a pause. The configuration is looked for first, since whoever started the clock may have known a newer
 * one. What fails is noted and thrown: Temporal tries again, with growing pauses, for ever. The first try, within a workflow's own
 * task, is followed by another one at once, which is the one to report.
 */
export function clockActivities({ desk, failures, finished, labelled, onError }: ActivityParts): ClockActivities {
  return {
    fireDue: async ({ stream, dueAt }) => {
      const { attempt, isLocal } = activityInfo()
      try {
        const [{ held, failed }] = await Promise.all([failures.known(stream), desk.refreshConfiguration()])
        const early = dueAt !== undefined && desk.isInTheFuture(instant(dueAt))
        const standing = held ? await desk.clockState(stream) : await fired(desk, stream, early ? undefined : dueAt)
        if (failed) await failures.forget(stream)
        const state = clockState(stream, standing, { held, labelled: labelled() })
        if (!isClocked(state)) {
          await finished.end(stream)
          return state
        }
        const pauseMs = early ? Math.max(0, Math.min(Date.parse(dueAt) - Date.now(), longestPauseMs)) : 0
        await finished.renew(stream, state.deadlines[0]?.dueAt, pauseMs)
        return undefined
      } catch (error) {
        if (isLocal) throw error
        onError(error, `the clock of ${stream}`)
        const message = error instanceof Error ? error.message : String(error)
        await failures.note(stream, message, attempt).catch(() => undefined)
        throw error
      }
    },
  }
}

async function fired(desk: Desk, stream: StreamName, dueAt: string | undefined): Promise<ClockState> {
  const now = instant(new Date())
  const { refused, standing } = await fireDue(desk, stream, dueAt === undefined ? now : latest(now, instant(dueAt)))
  if (refused.length > 0) throw new DeadlinesRefused(refused)
  return standing
}

/** What a clock leaves behind that has done its work, for whoever starts the next one. */
type FinishedClocks = {
  /** Notes that the next clock of a stream is to be started, after `pauseMs` milliseconds at the latest, and when it is due. */
  renew(stream: string, dueAt: string | undefined, pauseMs: number): Promise<void>
  /** Notes that a stream has no clock any more. */
  end(stream: string): Promise<void>
}

/** Those in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function finishedClocksIn(pool: Pool): FinishedClocks {
  return {
    renew: async (stream, dueAt, pauseMs) => {
      const values = [stream, dueAt ?? null, pauseMs]
      await pool.query({ name: 'guichet_workflows.renew_clock', text: renewing, values })
    },
    end: async (stream) => {
      await pool.query({
        name: 'guichet_workflows.end_clock',
        text: 'delete from guichet_workflows.clocks where stream = $1',
        values: [stream],
      })
    },
  }
}

/** The row of the outbox first, as everybody else locks them. */
const renewing = `
  with noted as (
    insert into guichet_workflows.clock_outbox (stream, due_at, mark, try_at)
    values ($1, $2, nextval('guichet_workflows.clock_outbox_mark'), now() + $3 * interval '1 millisecond')
    on conflict (stream) do update set
      due_at = excluded.due_at, mark = excluded.mark, try_at = least(clock_outbox.try_at, excluded.try_at), attempts = 0, error = null
    returning stream
  )
  delete from guichet_workflows.clocks using noted where clocks.stream = noted.stream`

/** The streams whose clocks could not do their work, for whoever asks. */
type Failures = {
  /** Whether the clock of a stream stands still, and whether it failed when it last tried. */
  known(stream: string): Promise<{ readonly held: boolean; readonly failed: boolean }>
  note(stream: string, message: string, attempts: number): Promise<void>
  forget(stream: string): Promise<void>
}

/** The failures in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function failuresIn(pool: Pool): Failures {
  return {
    known: async (stream) => {
      const { rows } = await pool.query<{ held: boolean; failed: boolean }>({
        name: 'guichet_workflows.known',
        text: `
          select exists (select from guichet_workflows.held_streams(array[$1])) as held,
                 exists (select from guichet_workflows.clock_failures where stream = $1) as failed`,
        values: [stream],
      })
      return rows[0] ?? { held: false, failed: false }
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
  /** Says that this process ends: it does not wait for a comparison, which another one continues. */
  readonly stopping: AbortSignal
}

/** Compares, and tells Temporal page by page how far it has come: by its silence another process goes on from there within seconds. */
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
      return withOwnSignal([stopping, context.cancellationSignal], ({ signal }) =>
        reconcile(pool, client, taskQueue, {
          labelled: labelled(),
          signal,
          progressed: (progress) => context.heartbeat(progress),
          from: context.info.heartbeatDetails as Progress | undefined,
        }),
      )
    },
  }
}
