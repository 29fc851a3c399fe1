import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import { streamOf } from './clock-state.ts'
import { searchAttributes } from './workflow/clock-state.ts'

/** How many clocks are examined concurrently, by default. */
export const page = 1_000

/** Clocks that are due after an instant and until another one, in milliseconds since 1970. */
type Window = { readonly after: number; readonly until: number }

type ComparedClocks = {
  readonly pool: Pool
  readonly client: Client
  /** The list filter that finds the running clocks of this database. */
  readonly running: string
  /** Whether clocks have search attributes, by which they can be counted. */
  readonly labelled: boolean
  /** Called with the streams whose clocks do not run, though they were started. */
  readonly lost: (streams: readonly string[]) => Promise<void>
  /** Called with the streams whose running clocks differ from the recorded ones. */
  readonly unknown: (streams: readonly string[]) => Promise<void>
  /** How many clocks are listed, and rows examined, at once. */
  readonly pageSize?: number
  /** Called page by page with the instant that the comparison has reached. @throws to break it off. */
  readonly reached: (until: number) => void
}

/** How recent a record or a listed clock may be without having reached the other side. */
const settledAfter = `interval '10 seconds'`

const nextDue = searchAttributes.nextDue.name
const first = Date.UTC(2000, 0, 1)
const last = Date.UTC(9000, 0, 1)

/**
 * Compares the clocks that were started, according to Postgres, with those that run, according to Temporal's lists. A
 * few clocks are compared one by one; many are counted in stretches of time of some two thousand, and only differing
 * stretches are examined closely.
 * @param from the point that an earlier attempt has reached.
 */
export async function compareClocks(compared: ComparedClocks, from = first): Promise<void> {
  const { pool, labelled, reached, pageSize = page } = compared
  const { rows } = await pool.query<{ few: boolean }>(
    `select count(*) < $1 as few from (select from guichet_workflows.clocks limit $1) as begun`,
    [pageSize],
  )
  if (rows[0]?.few || !labelled) return compareListed(compared, undefined)
  if (from <= first) await compareUndue(compared)
  await compareWindow(compared, { after: from, until: last })
  reached(last)
}

async function compareWindow(compared: ComparedClocks, window: Window): Promise<void> {
  const { pool, reached, pageSize = page } = compared
  reached(first)
  const [running, { started, middle }] = await Promise.all([
    countRunning(compared, filterOf(window)),
    countStarted(pool, window),
  ])
  const some = running + started
  if (running !== started || some > 4 * pageSize) {
    const { after, until } = window
    const split = middle === undefined ? undefined : splitBeside(middle, window)
    if (running === 0) await eachLost(compared, window)
    else if (some <= 2 * pageSize || split === undefined) await compareListed(compared, window)
    else {
      await compareWindow(compared, { after, until: split })
      await compareWindow(compared, { after: split, until })
    }
  }
  reached(window.until)
}

/**
 * The instant that divides a window, beside its middle clock; undefined where its clocks are due too closely to be
 * divided.
 */
const splitBeside = (middle: number, { after, until }: Window): number | undefined =>
  [middle + besideMs, middle - besideMs].find((split) => split >= after + besideMs && split <= until - besideMs)

async function compareUndue(compared: ComparedClocks): Promise<void> {
  const { rows } = await compared.pool.query<{ started: number }>(
    'select count(*)::integer as started from guichet_workflows.clocks where due_at is null',
  )
  if ((await countRunning(compared, ` AND ${nextDue} IS NULL`)) === rows[0]?.started) return
  await compareListed(compared, 'undue')
}

type Part = Window | 'undue' | undefined

const filterOf = (part: Part): string =>
  part === undefined
    ? ''
    : part === 'undue'
      ? ` AND ${nextDue} IS NULL`
      : ` AND ${nextDue} > '${iso(part.after)}' AND ${nextDue} <= '${iso(part.until)}'`

/**
 * Between two clocks rather than on one: stores of visibility do not agree on which side of an instant that very
 * instant is.
 */
const besideMs = 500

const iso = (ms: number): string => new Date(ms).toISOString()

const countRunning = async ({ client, running }: ComparedClocks, filter: string): Promise<number> =>
  (await client.workflow.count(`${running}${filter}`)).count

async function countStarted(pool: Pool, { after, until }: Window): Promise<{ started: number; middle?: number }> {
  const { rows } = await pool.query<{ started: number; middle: Date | null }>(
    `select count(*)::integer as started, percentile_disc(0.5) within group (order by due_at) as middle
     from guichet_workflows.clocks where due_at > $1 and due_at <= $2`,
    [new Date(after), new Date(until)],
  )
  const { started = 0, middle = null } = rows[0] ?? {}
  return { started, ...(middle && { middle: middle.getTime() }) }
}

/** Lists a part of the running clocks, and compares one by one. */
async function compareListed(compared: ComparedClocks, part: Part): Promise<void> {
  const { pool, client, running, labelled, unknown, lost, reached, pageSize = page } = compared
  const listed = new Set<string>()
  let clocks = new Map<string, number | null>()
  const compare = async (): Promise<void> => {
    const others = await othersThan(compared, clocks)
    await unknown(others)
    clocks = new Map()
    reached(first)
  }
  const wider = typeof part === 'object' ? { after: part.after - besideMs, until: part.until + besideMs } : part
  const query = `${running}${filterOf(wider)}`
  for await (const { workflowId, memo, typedSearchAttributes: attributes } of client.workflow.list({
    query,
    pageSize,
  })) {
    const stream = streamOf(workflowId, memo)
    listed.add(stream)
    clocks.set(stream, labelled ? (attributes.get(searchAttributes.nextDue)?.getTime() ?? null) : null)
    if (clocks.size === pageSize) await compare()
  }
  await compare()
  for await (const streams of startedIn(pool, part)) {
    await lost(streams.filter((stream) => !listed.has(stream)))
    reached(first)
  }
}

/** Those clocks that differ from their start, as far as is known. */
async function othersThan(
  { pool, labelled }: ComparedClocks,
  clocks: ReadonlyMap<string, number | null>,
): Promise<readonly string[]> {
  if (clocks.size === 0) return []
  const { rows } = await pool.query<{ stream: string }>(
    `select listed.stream from unnest($1::text[], $2::timestamptz[]) as listed (stream, due_at)
     left join guichet_workflows.clocks on clocks.stream = listed.stream
     where clocks.stream is null
       or ($3 and clocks.labelled and clocks.due_at is distinct from listed.due_at
           and clocks.digest <> '' and clocks.started_at < now() - ${settledAfter})`,
    [[...clocks.keys()], [...clocks.values()].map((due) => (due === null ? null : new Date(due))), labelled],
  )
  return rows.map(({ stream }) => stream)
}

async function eachLost(compared: ComparedClocks, window: Window): Promise<void> {
  for await (const streams of startedIn(compared.pool, window)) {
    await compared.lost(streams)
    compared.reached(first)
  }
}

/** The streams of a part of the clocks that were started, except the latest, page by page. */
async function* startedIn(pool: Pool, part: Part): AsyncGenerator<readonly string[]> {
  const window = typeof part === 'object' ? part : undefined
  for (let after = ''; ;) {
    const { rows } = await pool.query<{ stream: string }>(
      `select stream from guichet_workflows.clocks
       where stream > $1 and started_at < now() - ${settledAfter}
         and case $2::text when 'window' then due_at > $3 and due_at <= $4 when 'undue' then due_at is null else true end
       order by stream limit $5`,
      [
        after,
        window ? 'window' : (part ?? 'all'),
        new Date(window?.after ?? first),
        new Date(window?.until ?? last),
        page,
      ],
    )
    const end = rows.at(-1)
    if (!end) return
    yield rows.map(({ stream }) => stream)
    after = end.stream
  }
}
