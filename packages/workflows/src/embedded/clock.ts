import type { Task } from 'graphile-worker'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import { z } from 'zod'
import type { Desk, Instant } from '@guichet/domain'
import { instant, later, latest } from '@guichet/domain'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine, ClockFailure, ClockStatus } from '../clock.ts'
import { DeadlinesRefused, fireDue, readOverdue } from '../clock.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import { openTables } from '../tables.ts'
import {
  recordHeartbeat,
  clockSchema,
  dropSuperseded,
  freeJobsOfTheDead,
  keepRetrying,
  removeWorkers,
} from './queue.ts'
import type { WorkerPool } from './workers.ts'

export type EmbeddedClockOptions = PartDatabase & {
  readonly desk: Desk
  /** How many workers process streams; 4 by default. */
  readonly concurrency?: number
  /** How many streams each of them processes concurrently; 32 by default. */
  readonly atOnce?: number
  /** How often each idle worker looks for due jobs, in milliseconds; 100 by default. */
  readonly pollMs?: number
  /** After how many milliseconds without a sign of life a process's jobs go to another one; 20,000 by default. */
  readonly leaseMs?: number
  /** The longest pause between two tries of a failing stream, in milliseconds; five minutes by default. */
  readonly longestPauseMs?: number
  /** How often jobs are compared with the outstanding deadlines, in milliseconds; three minutes by default. */
  readonly reconcileMs?: number
  readonly onError?: OnError
}

export type EmbeddedClock = ClockEngine & {
  /** The projection of deadlines reports here; usable as soon as this object exists, started or not. */
  readonly deadlineSink: DeadlineSink
}

/**
 * The clock on a job queue in Postgres. Any number of processes may run one on the same database. Creates or migrates
 * its schemas `guichet_jobs` and `guichet_workflows` first. A stopped engine cannot be restarted: open another one.
 *
 * Its connections do not wait for the disk. The last changes of the queue that a crash of Postgres loses are repeated
 * without a second effect, and a queued job is lost only together with the rows for which it was queued.
 */
export async function embeddedClock(options: EmbeddedClockOptions): Promise<EmbeddedClock> {
  const {
    desk,
    connectionString,
    concurrency = 4,
    atOnce = 32,
    pollMs = 100,
    leaseMs = 20_000,
    longestPauseMs = 300_000,
  } = options
  const { reconcileMs = 180_000, onError = () => undefined } = options
  const pool = await openTables(clockSchema, {
    connectionString,
    pool: options.pool,
    maxConnections: concurrency + 4,
    onError,
  })

  let workers: WorkerPool | undefined
  let chores: readonly Repetition[] = []
  let stopped = false
  const failed = (context: string) => (error: unknown) => onError(error, context)

  return {
    deadlineSink,

    start: async () => {
      // Loaded here: most processes do not run the clock.
      const { startWorkers } = await import('./workers.ts')
      if (stopped) return
      const running = startWorkers({
        pool,
        tasks: {
          fire_due_deadlines: fireDueStreams({ desk, pool, atOnce, lostTrack: () => running.renew(), onError }),
        },
        concurrency,
        pollMs,
        onError,
      })
      workers = running
      const tidyUp = async (): Promise<void> => {
        await freeJobsOfTheDead(pool, leaseMs)
        await keepRetrying(pool, longestPauseMs)
        await dropSuperseded(pool)
      }
      chores = [
        periodically(leaseMs / 4, () => recordHeartbeat(pool, running.ids()), failed('the heartbeat of the clock')),
        periodically(leaseMs / 2, tidyUp, failed('tidying up the jobs of the clock')),
        periodically(reconcileMs, () => reconcile(pool), failed('comparing jobs with deadlines')),
      ]
    },

    stop: async () => {
      stopped = true
      await workers?.stop()
      await Promise.all(chores.map((chore) => chore.stop()))
      if (workers) await removeWorkers(pool, workers.ids()).catch(failed('signing off the workers of the clock'))
      await pool.end()
    },

    status: () => readStatus(pool),
  }
}

type DueStreamsOptions = {
  readonly desk: Desk
  readonly pool: Pool
  /** How many streams a worker processes together: the one of its job, and others that are due. */
  readonly atOnce: number
  /** Called when jobs may be locked in the name of a worker that does not know of them. */
  readonly lostTrack: () => void
  readonly onError: OnError
}

const payloadSchema = z.object({ stream: z.string().max(500) })

const whileHeldMs = 60_000

type Due = { readonly stream: string; readonly dueAt: Instant; readonly id?: string }

/** The result for a stream: when to check it next, or why the check failed. */
type Looked = Due & { readonly next?: Instant | undefined; readonly error?: Error }

/**
 * The job of a stream: fires due deadlines, and queues the next check. Other due streams are processed with it, which
 * share its round trips. Throwing returns the job to the queue, which retries later; a stream that has failed is
 * processed alone.
 */
function fireDueStreams(parts: DueStreamsOptions): Task {
  const { desk, pool, atOnce, lostTrack, onError } = parts
  return async (payload, { job }) => {
    const own: Due = { stream: payloadSchema.parse(payload).stream, dueAt: instant(job.run_at) }
    const worker = job.locked_by ?? ''
    let looked: readonly Looked[] = []
    try {
      const claims = job.attempts === 1 && atOnce > 1 ? await claimDue(pool, worker, atOnce - 1) : []
      const due: readonly Due[] = [own, ...claims]
      await desk.refreshConfiguration()
      const held = await heldOf(pool, streamsOf(due))
      looked = await Promise.all(due.map((each) => look(desk, each, held.has(each.stream))))
      await wakeAll(pool, looked)
      await settleClaims(pool, worker, looked)
    } catch (error) {
      lostTrack()
      onError(error, `the clock of ${own.stream}`)
      throw error
    }
    const [{ error } = {}] = looked
    if (error === undefined) return
    onError(error, `the clock of ${own.stream}`)
    throw error
  }
}

const streamsOf = (due: readonly Due[]): readonly string[] => due.map(({ stream }) => stream)

/**
 * The due instant of a job counts as reached even where this machine's clock is behind, by no more than the desk
 * tolerates as a difference of clocks.
 */
async function look(desk: Desk, due: Due, held: boolean): Promise<Looked> {
  const now = latest(instant(new Date()), due.dueAt)
  if (held) return { ...due, next: later(now, whileHeldMs) }
  try {
    const { refused, next } = await fireDue(desk, due.stream, now)
    return refused.length > 0 ? { ...due, error: new DeadlinesRefused(refused) } : { ...due, next }
  } catch (error) {
    return { ...due, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

async function settleClaims(pool: Pool, worker: string, looked: readonly Looked[]): Promise<void> {
  const idsOf = (some: readonly Looked[]): string[] => some.flatMap(({ id }) => id ?? [])
  await releaseClaims(pool, worker, idsOf(looked.filter(({ error }) => error !== undefined)))
  await completeClaimed(pool, worker, idsOf(looked.filter(({ error }) => error === undefined)))
}

/** A job that a worker has claimed, besides the one that the queue gave it. */
type Claim = { readonly id: string; readonly stream: string; readonly dueAt: Instant }

/** Claims due jobs that have never been tried, in the name of a worker: if it dies, they are released with its own. */
export async function claimDue(pool: Pool, worker: string, howMany: number): Promise<readonly Claim[]> {
  const { rows } = await pool.query<{ id: string; stream: string; due_at: Date }>({
    name: 'guichet_workflows.claim_due',
    text: 'select id, stream, due_at from guichet_workflows.claim_due($1, $2)',
    values: [worker, howMany],
  })
  return rows.map(({ id, stream, due_at: dueAt }) => ({ id, stream, dueAt: instant(dueAt) }))
}

/** Removes completed jobs. */
export async function completeClaimed(pool: Pool, worker: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await pool.query(complete, [worker, ids])
}

/** Leaves failed jobs to the queue, which retries each of them alone. */
export async function releaseClaims(pool: Pool, worker: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await pool.query(giveBack, [worker, ids])
}

const complete = 'select guichet_workflows.complete_claimed($1, $2)'
const giveBack = 'select guichet_workflows.hand_back($1, $2)'

/** The streams among these whose clocks are paused because their history is still being imported. */
export async function heldOf(pool: Pool, streams: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ stream: string }>({
    name: 'guichet_workflows.held_of',
    text: 'select guichet_workflows.held_of($1) as stream',
    values: [streams],
  })
  return new Set(rows.map(({ stream }) => stream))
}

/** Ensures that a stream is checked by an instant at the latest. */
export const wake = (pool: Pool, stream: string, at: Instant): Promise<void> => wakeAll(pool, [{ stream, next: at }])

/**
 * Ensures that each of some streams is checked by its instant at the latest; a stream without an instant is skipped.
 */
async function wakeAll(
  pool: Pool,
  looks: readonly { readonly stream: string; readonly next?: Instant | undefined }[],
): Promise<void> {
  const wanted = looks.filter(({ next }) => next !== undefined)
  if (wanted.length === 0) return
  await pool.query({
    name: 'guichet_workflows.wake',
    text: 'select guichet_workflows.wake($1::text[], $2::timestamptz[])',
    values: [wanted.map(({ stream }) => stream), wanted.map(({ next }) => next)],
  })
}

/**
 * Queues earlier checks, within the projection's own transaction and in one statement. A deadline that is now later or
 * was removed costs nothing: its existing job finds out when it runs. An unchanged deadline costs nothing either.
 */
const deadlineSink: DeadlineSink = async (tx, changes) => {
  const streams: string[] = []
  const instants: Instant[] = []
  for (const { stream, before, after } of changes) {
    if (after === undefined || after === before) continue
    streams.push(stream)
    instants.push(after)
  }
  if (streams.length === 0) return
  await sql`select guichet_workflows.wake(${streams}::text[], ${instants}::timestamptz[])`.execute(tx)
}

/**
 * Compares the outstanding deadlines, as the read model knows them, with the jobs that wait for them, and repairs both
 * directions. A stream without a job that early gets one. A job of a stream without deadlines runs now, because only
 * the stream itself can show that nothing is due (the read model may be behind). Failing streams keep
 * their own pace. Without read models there is nothing to compare.
 */
export async function reconcile(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ exists: boolean }>(
    `select to_regclass('guichet_read.deadline') is not null as exists`,
  )
  if (!rows[0]?.exists) return
  await pool.query(wakeUnattended)
  await pool.query(lookAtOrphans)
}

const wakeUnattended = `
  with unattended as (
    select deadline.stream, deadline.next_due
    from guichet_read.deadline
    left join guichet_jobs.jobs on jobs.key = deadline.stream
    where deadline.next_due is not null
      and (jobs.id is null or (jobs.run_at > deadline.next_due and jobs.locked_at is null and jobs.last_error is null))
  )
  select guichet_workflows.wake(array_agg(stream), array_agg(next_due)) from unattended having count(*) > 0`

const lookAtOrphans = `
  with orphans as (
    select array_agg(jobs.id) as ids
    from guichet_jobs.jobs
    where jobs.key is not null and jobs.run_at > now() and jobs.locked_at is null and jobs.last_error is null
      and not exists (
        select from guichet_read.deadline
        where deadline.stream = jobs.key and (deadline.next_due is not null or deadline.held_by is not null)
      )
  )
  select count(looked_at.id) from orphans, guichet_jobs.reschedule_jobs(orphans.ids, run_at := now()) as looked_at`

type Totals = { next_due: Date | null; late: number; failing: number }
type Failing = { stream: string; message: string; attempts: number; next_try: Date }

/** The state of the queue, for all processes that work on it. */
export async function readStatus(pool: Pool): Promise<ClockStatus> {
  const totals = await pool.query<Totals>(
    `select min(run_at) as next_due,
            count(*) filter (where run_at <= now())::integer as late,
            count(*) filter (where last_error is not null)::integer as failing
     from guichet_jobs.jobs where key is not null`,
  )
  const failing = await pool.query<Failing>(
    `select key as stream, last_error as message, attempts, run_at as next_try
     from guichet_jobs.jobs where key is not null and last_error is not null order by run_at limit 100`,
  )
  const overdue = await readOverdue(pool)
  const [total] = totals.rows
  return {
    nextDue: total?.next_due ? instant(total.next_due) : undefined,
    late: overdue ?? total?.late ?? 0,
    failing: total?.failing ?? 0,
    failures: failing.rows.map(({ stream, message, attempts, next_try: nextTry }): ClockFailure => ({
      stream,
      message,
      attempts,
      nextTry: instant(nextTry),
    })),
  }
}
