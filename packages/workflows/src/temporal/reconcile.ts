import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning, WorkflowNotFoundError } from '@temporalio/client'
import type { Pool } from 'pg'
import { isLost } from '../clock.ts'
import type { Installation } from './clock-state.ts'
import { compareClocks, page } from './compare-clocks.ts'
import { enqueueStreams } from './outbox.ts'
import type { ReconciliationCounts } from './workflow/workflows.ts'

/** The point that a comparison has reached: the next attempt continues there. */
export type Progress =
  | { readonly step: 'running'; readonly until?: number }
  | { readonly step: 'deadlines' | 'started'; readonly after: string }

/** How a comparison is made and supervised. */
type Supervision = {
  /**
   * Whether clocks have search attributes: a clock without them began before the server knew them, and is started
   * again.
   */
  readonly labelled: boolean
  /** Breaks it off. */
  readonly signal: AbortSignal
  /** Called with the progress of every page. */
  readonly progressed: (progress: Progress) => void
  /** The point that an earlier attempt has reached. */
  readonly from?: Progress | undefined
}

/** The running clocks of one installation, as a filter of Temporal's lists. */
export const runningOn = (taskQueue: string, type = 'deadlineClock'): string =>
  `WorkflowType = '${type}' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`

/** The former workflow types of clocks, with one run per deadline. No worker has their code any more. */
const formerType = 'streamClock'

/**
 * Compares, page by page, the running clocks with those that were started, and these with the deadlines of the read
 * model. A stream that should have a clock and has none, or one that waits for another instant, and a clock of a stream
 * that should have none go into the outbox. Both lists may be behind; the hand-over computes the state from the stream
 * itself. Without read models, or with older ones until they are rebuilt, there is nothing to compare. Clocks of former
 * versions are ended, and failures of ended clocks are removed.
 * @throws the signal's reason, or the error of the call that was broken off.
 */
export async function reconcile(
  pool: Pool,
  client: Client,
  taskQueue: string,
  { labelled, signal, progressed, from = { step: 'running' } }: Supervision,
): Promise<ReconciliationCounts> {
  const reached = (progress: Progress): void => {
    signal.throwIfAborted()
    progressed(progress)
  }
  reached(from)
  const { rows } = await pool.query<{ exists: boolean }>(
    `select exists (
       select from pg_attribute where attrelid = to_regclass('guichet_read.deadline') and attname = 'outstanding'
     ) and to_regclass('guichet_projections.lost_streams') is not null as exists`,
  )
  if (!rows[0]?.exists) return { unattended: 0, orphans: 0 }
  let unattended = 0
  let orphans = 0
  if (from.step === 'running') {
    let until = from.until
    await client.withAbortSignal(signal, async () => {
      await endFormer(client, taskQueue, () => reached(from))
      await compareClocks(
        {
          pool,
          client,
          running: runningOn(taskQueue),
          labelled,
          lost: async (streams) => {
            await pool.query('delete from guichet_workflows.clocks where stream = any($1)', [streams])
          },
          unknown: async (streams) => {
            orphans += streams.length
            await forgetStart(pool, streams)
          },
          reached: (instant) => {
            until = Math.max(until ?? instant, instant)
            reached({ step: 'running', until })
          },
        },
        until,
      )
    })
  }
  if (from.step !== 'started') {
    const after = from.step === 'deadlines' ? from.after : ''
    for await (const { last, clocks } of unattendedStreams(pool, labelled, after)) {
      await noteIn(pool, clocks)
      unattended += clocks.filter(({ lost }) => !lost).length
      reached({ step: 'deadlines', after: last })
    }
  }
  for await (const { last, clocks } of orphanedClocks(pool, from.step === 'started' ? from.after : '')) {
    await noteIn(pool, clocks)
    orphans += clocks.length
    reached({ step: 'started', after: last })
  }
  await forgetFailures(pool)
  return { unattended, orphans }
}

type ComparedClock = {
  readonly stream: string
  readonly next_due: Date | null
  /** Whether the stream was deleted: it has no clock, and is looked at again, since a deletion may be taken back. */
  readonly lost?: boolean
}
type Page = { readonly last: string; readonly clocks: readonly ComparedClock[] }

const noteIn = (pool: Pool, streams: readonly ComparedClock[]): Promise<void> =>
  enqueueStreams(
    (text, values) => pool.query(text, [...values]),
    new Map(streams.map(({ stream, next_due: due }) => [stream, due])),
    { replace: false },
  )

/** Running clocks that differ from their records are started again, or ended, by the comparisons that follow. */
async function forgetStart(pool: Pool, streams: readonly string[]): Promise<void> {
  if (streams.length === 0) return
  await pool.query(
    `insert into guichet_workflows.clocks (stream, digest, labelled)
     select stream, '', true from unnest($1::text[]) as running (stream) order by stream
     on conflict (stream) do update set digest = ''`,
    [streams],
  )
}

async function endFormer(client: Client, taskQueue: string, goOn: () => void): Promise<void> {
  const query = runningOn(taskQueue, formerType)
  if ((await client.workflow.count(query)).count === 0) return
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: page })) {
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('clocks of this version are started anew')
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      })
    goOn()
  }
}

/** A stream with a deadline, or with something outstanding that operators can look for, while no import holds it. */
const clocked = `d.held_by is null and (d.next_due is not null or d.outstanding)`

/** Streams whose clock was not started, or with another instant or without the labels, after a given stream. */
async function* unattendedStreams(pool: Pool, labelled: boolean, from: string): AsyncGenerator<Page> {
  for (let after = from; ;) {
    const { rows } = await pool.query<ComparedClock & { attended: boolean }>(
      `select expected.stream, expected.next_due, ${isLost('expected.stream')} as lost,
              coalesce(clocks.due_at is not distinct from expected.next_due and clocks.digest <> ''
                and (clocks.labelled or not $3), false) as attended
       from (
         select d.stream, d.next_due from guichet_read.deadline d
         where d.stream > $1 and ${clocked} ${labelled ? '' : 'and d.next_due is not null'}
         order by d.stream limit $2
       ) as expected
       left join guichet_workflows.clocks on clocks.stream = expected.stream
       order by expected.stream`,
      [after, page, labelled],
    )
    const last = rows.at(-1)?.stream
    if (last === undefined) return
    yield { last, clocks: rows.filter(({ attended }) => !attended) }
    after = last
  }
}

/** Streams whose clock was started and that should have none, after a given stream. */
async function* orphanedClocks(pool: Pool, from: string): AsyncGenerator<Page> {
  for (let after = from; ;) {
    const { rows } = await pool.query<{ stream: string; orphaned: boolean }>(
      `select started.stream,
              not exists (select from guichet_read.deadline d where d.stream = started.stream and ${clocked}) as orphaned
       from (
         select stream from guichet_workflows.clocks where stream > $1 order by stream limit $2
       ) as started
       order by started.stream`,
      [after, page],
    )
    const last = rows.at(-1)?.stream
    if (last === undefined) return
    const clocks = rows.filter(({ orphaned }) => orphaned).map(({ stream }) => ({ stream, next_due: null }))
    yield { last, clocks }
    after = last
  }
}

/** Longer than any pause between two tries of a clock. */
const forgotten = `next_try < now() - interval '10 minutes'`

/**
 * Removes failures of clocks that no longer run and have not tried for long: they were ended, or another engine does
 * their work.
 */
async function forgetFailures(pool: Pool): Promise<void> {
  await pool.query(
    `delete from guichet_workflows.clock_failures
     where ${forgotten} and not exists (select from guichet_workflows.clocks c where c.stream = clock_failures.stream)`,
  )
}

/**
 * Ensures that the clocks are compared with the deadlines at regular intervals in milliseconds, by any process.
 */
export async function scheduleReconciler(client: Client, installation: Installation, everyMs: number): Promise<void> {
  const { taskQueue } = installation
  const scheduleId = `reconcile-clocks/${taskQueue}`
  const spec = { intervals: [{ every: everyMs }] }
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'reconcileClocks',
    workflowId: scheduleId,
    taskQueue,
  }
  const policies = { overlap: 'SKIP' as const, catchupWindow: '1 minute' as const }
  try {
    await client.schedule.create({ scheduleId, spec, action, policies, state: { triggerImmediately: true } })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    const handle = client.schedule.getHandle(scheduleId)
    await handle.update((schedule) => ({ ...schedule, spec, action, policies }))
    await handle.trigger('SKIP')
  }
}
