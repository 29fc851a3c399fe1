import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning, WorkflowNotFoundError } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Installation } from './clock-state.ts'
import { compareClocks, page } from './compare-clocks.ts'
import { enqueueStreams } from './outbox.ts'
import type { Reconciled } from './workflow/workflows.ts'

/** Where a comparison has come to: an attempt that breaks off is continued there. */
export type Progress =
  | { readonly step: 'running'; readonly until?: number }
  | { readonly step: 'deadlines' | 'started'; readonly after: string }

/** How a comparison is made, and watched over. */
type Supervision = {
  /** Whether clocks have search attributes: one without them began before the server knew them, and is started again. */
  readonly labelled: boolean
  /** Breaks it off. */
  readonly signal: AbortSignal
  /** Hears of every page how far it has come. */
  readonly progressed: (progress: Progress) => void
  /** Where an earlier attempt has come to. */
  readonly from?: Progress | undefined
}

/** The clocks of one installation that run, as a filter of Temporal's lists. */
export const runningOn = (taskQueue: string, type = 'deadlineClock'): string =>
  `WorkflowType = '${type}' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`

/** What clocks were before a run was started for each deadline. No worker has their code any more. */
const formerType = 'streamClock'

/**
 * Compares, page by page, the clocks that run with those that were started, and these with what stands, as the read model knows it: a stream
 * that is to have a clock and has none, or one that waits for another instant, and a clock of a stream that is to have none go
 * into the outbox. Both lists may be behind; what is handed over is computed from the stream itself. Without read models, or with
 * older ones until they are rebuilt, there is nothing to compare.
 * Clocks of former versions are ended, and failures of clocks that are gone are forgotten.
 * @throws the signal's reason, or what the call under way was broken off with.
 */
export async function reconcile(
  pool: Pool,
  client: Client,
  taskQueue: string,
  { labelled, signal, progressed, from = { step: 'running' } }: Supervision,
): Promise<Reconciled> {
  const reached = (progress: Progress): void => {
    signal.throwIfAborted()
    progressed(progress)
  }
  reached(from)
  const { rows } = await pool.query<{ exists: boolean }>(
    `select exists (
       select from pg_attribute where attrelid = to_regclass('guichet_read.deadline') and attname = 'outstanding'
     ) as exists`,
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
    for await (const { last, found } of unattendedStreams(pool, labelled, after)) {
      await noteIn(pool, found)
      unattended += found.length
      reached({ step: 'deadlines', after: last })
    }
  }
  for await (const { last, found } of orphanedClocks(pool, from.step === 'started' ? from.after : '')) {
    await noteIn(pool, found)
    orphans += found.length
    reached({ step: 'started', after: last })
  }
  await forgetFailures(pool)
  return { unattended, orphans }
}

type Compared = { readonly stream: string; readonly next_due: Date | null }
type Page = { readonly last: string; readonly found: readonly Compared[] }

const noteIn = (pool: Pool, streams: readonly Compared[]): Promise<void> =>
  enqueueStreams(
    (text, values) => pool.query(text, [...values]),
    new Map(streams.map(({ stream, next_due: due }) => [stream, due])),
    { news: false },
  )

/** Clocks that run otherwise than is written down are started anew, or ended: by the comparisons that follow. */
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

/** What is due on a stream, or outstanding where operators can look for it, while no import holds it. */
const clocked = `held_by is null and (next_due is not null or outstanding)`

/** Streams whose clock was not started, or with another instant or without the labels, of those after one. */
async function* unattendedStreams(pool: Pool, labelled: boolean, from: string): AsyncGenerator<Page> {
  for (let after = from; ;) {
    const { rows } = await pool.query<Compared & { attended: boolean }>(
      `select standing.stream, standing.next_due,
              coalesce(clocks.due_at is not distinct from standing.next_due and clocks.digest <> ''
                and (clocks.labelled or not $3), false) as attended
       from (
         select stream, next_due from guichet_read.deadline
         where stream > $1 and ${labelled ? clocked : 'next_due is not null'}
         order by stream limit $2
       ) as standing
       left join guichet_workflows.clocks on clocks.stream = standing.stream
       order by standing.stream`,
      [after, page, labelled],
    )
    const last = rows.at(-1)?.stream
    if (last === undefined) return
    yield { last, found: rows.filter(({ attended }) => !attended) }
    after = last
  }
}

/** Streams whose clock was started and that are to have none, of those after one. */
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
    const found = rows.filter(({ orphaned }) => orphaned).map(({ stream }) => ({ stream, next_due: null }))
    yield { last, found }
    after = last
  }
}

/** Longer than any pause between two tries of a clock. */
const forgotten = `next_try < now() - interval '10 minutes'`

/** Removes what failed in clocks that do not run any more and have not tried for long: they were ended, or another engine does their work. */
async function forgetFailures(pool: Pool): Promise<void> {
  await pool.query(
    `delete from guichet_workflows.clock_failures
     where ${forgotten} and not exists (select from guichet_workflows.clocks c where c.stream = clock_failures.stream)`,
  )
}

/**
 * Sees to it that the clocks are compared with the deadlines now and then every so many milliseconds, whichever process does
 * it.
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
