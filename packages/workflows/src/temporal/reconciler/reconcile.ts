import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import { note } from '../bridge/note.ts'
import { streamOf } from '../standing.ts'
import { runningOn } from '../status/running-clocks.ts'
import { searchAttributes } from '../workflow/search-attributes.ts'
import type { Reconciled } from '../workflow/reconcile-clocks.ts'

const page = 1_000

/** How a comparison is made, and watched over. */
export type Supervision = {
  /** Whether clocks have search attributes: one without them began before the server knew them, and is told again. */
  readonly labelled: boolean
  /** Breaks it off. */
  readonly signal: AbortSignal
  /** Hears of every page that it goes on. */
  readonly alive: () => void
}

/**
 * Compares what stands, as the read model knows it, with the clocks that run, as Temporal lists them: a stream that is to have a
 * clock and has none, or one that waits for another instant, and a clock of a stream that is to have none go into the outbox. Both
 * lists may be behind; what is handed over is computed from the stream itself. Without read models, or with older ones until
 * they are rebuilt, there is nothing to compare.
 * Failures of clocks that are gone are forgotten.
 * @throws the signal's reason, or what the call under way was broken off with.
 */
export async function reconcile(
  pool: Pool,
  client: Client,
  taskQueue: string,
  { labelled, signal, alive }: Supervision,
): Promise<Reconciled> {
  const goOn = (): void => {
    signal.throwIfAborted()
    alive()
  }
  goOn()
  const { rows } = await pool.query<{ exists: boolean }>(
    `select exists (
       select from pg_attribute where attrelid = to_regclass('guichet_read.deadline') and attname = 'outstanding'
     ) as exists`,
  )
  if (!rows[0]?.exists) return { unattended: 0, orphans: 0 }
  const clocks = await client.withAbortSignal(signal, () => runningClocks(client, taskQueue, goOn))
  await forgetFailures(pool, clocks)
  let unattended = 0
  for await (const standing of clockedStreams(pool, labelled)) {
    const repaired = standing.filter(({ stream, next_due: due }) => {
      const clock = clocks.get(stream)
      clocks.delete(stream)
      return clock === 'unlabelled' ? labelled : clock !== (due?.getTime() ?? 'nothing due')
    })
    await noteIn(pool, repaired)
    unattended += repaired.length
    goOn()
  }
  const orphans = await withoutClock(pool, [...clocks.keys()])
  for (let from = 0; from < orphans.length; from += page) {
    goOn()
    await noteIn(pool, orphans.slice(from, from + page))
  }
  return { unattended, orphans: orphans.length }
}

/** In milliseconds since 1970 what each clock waits for. */
type Clocks = Map<string, number | 'nothing due' | 'unlabelled'>
type Compared = { readonly stream: string; readonly next_due: Date | null }

const noteIn = (pool: Pool, streams: readonly Compared[]): Promise<void> =>
  note(
    (text, values) => pool.query(text, [...values]),
    new Map(streams.map(({ stream, next_due: due }) => [stream, due])),
    { news: false },
  )

/** The streams whose clocks run, and for which instant, where the server can say so. */
async function runningClocks(client: Client, taskQueue: string, goOn: () => void): Promise<Clocks> {
  const query = runningOn(taskQueue)
  const found: Clocks = new Map()
  for await (const { workflowId, typedSearchAttributes: known } of client.workflow.list({ query, pageSize: page })) {
    const withoutDue = known.get(searchAttributes.breached) === undefined ? 'unlabelled' : 'nothing due'
    found.set(streamOf(workflowId), known.get(searchAttributes.nextDue)?.getTime() ?? withoutDue)
    if (found.size % page === 0) goOn()
  }
  return found
}

/** What is due on a stream, or outstanding where operators can look for it, while no import holds it. */
const clocked = `held_by is null and (next_due is not null or outstanding)`

async function* clockedStreams(pool: Pool, labelled: boolean): AsyncGenerator<readonly Compared[]> {
  for (let after = ''; ;) {
    const { rows } = await pool.query<Compared>(
      `select stream, next_due from guichet_read.deadline
       where stream > $1 and ${labelled ? clocked : 'next_due is not null'}
       order by stream limit $2`,
      [after, page],
    )
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = last.stream
  }
}

/** Those of some streams that are to have no clock, now that their clocks have been listed. */
async function withoutClock(pool: Pool, streams: readonly string[]): Promise<readonly Compared[]> {
  const { rows } = await pool.query<{ stream: string }>(
    `select stream from unnest($1::text[]) as clock (stream)
     where not exists (select from guichet_read.deadline d where d.stream = clock.stream and ${clocked})`,
    [streams],
  )
  return rows.map(({ stream }) => ({ stream, next_due: null }))
}

/** Longer than any pause between two tries of a clock. */
const forgotten = `next_try < now() - interval '10 minutes'`

/** Removes what failed in clocks that do not run any more and have not tried for long: they were ended, or another engine does their work. */
async function forgetFailures(pool: Pool, running: Clocks): Promise<void> {
  const { rows } = await pool.query<{ stream: string }>(
    `select stream from guichet_workflows.clock_failures where ${forgotten}`,
  )
  const gone = rows.map(({ stream }) => stream).filter((stream) => !running.has(stream))
  if (gone.length === 0) return
  await pool.query(`delete from guichet_workflows.clock_failures where stream = any($1) and ${forgotten}`, [gone])
}
