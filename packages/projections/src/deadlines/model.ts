import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Deadline, Instant, Position, TermsTimeline } from '@guichet/domain'
import { parseStream, streamName } from '@guichet/domain'
import { toInstant } from '../reading/slice.ts'
import type { Projection, ProjectionContext } from '../runner/projection.ts'
import type { TermsKeeper } from '../streams/configuration.ts'
import type { ImportFolding } from '../streams/imports.ts'
import { findEndedImports } from '../streams/imports.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'
import type {
  CategoryClock,
  DeadlineSink,
  StreamDeadlines,
  ClockStateChange,
  StreamClockState,
} from './clock-states.ts'
import { changesOf, nextDue, sameDeadlines, sameLabels } from './clock-states.ts'

/** How many changes are passed to the sink in one call. */
const chunk = 1_000

/** How many streams are recomputed together when the terms change. */
const portion = 200

/** The SQL expression for the category of a row's stream, as `parseStream` gives it. */
const categoryOfStream = sql`split_part(stream, '-', 1)`

/** The SQL condition for the streams of other categories than tickets, of which there are few: they have an index. */
const ofOthers = sql`stream not like 'ticket-%'`

/** The SQL condition for the streams of a category; an index on `next_due` serves each. */
export const ofCategory = (category: string): RawBuilder<unknown> =>
  category === 'ticket' ? sql`stream like 'ticket-%'` : sql`${ofOthers} and ${categoryOfStream} = ${category}`

/**
 * The deadlines of each stream of the categories that have clocks. Within the projection's transaction, the sink
 * receives every stream whose next due instant has changed, or whose clock labels have changed while something is due
 * or outstanding. It receives nothing while a rebuild replays, and the state of every clock when readers are switched
 * to the rebuilt generation.
 * @param basis what deadlines are computed from besides the events: another one rebuilds them.
 */
export function deadlinesProjection(
  clocks: readonly CategoryClock[],
  terms: TermsKeeper,
  imports: ImportFolding,
  basis: string,
  sink: DeadlineSink | undefined,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'deadlines',
      version: 16,
      pace: 'separate',
      basis,
      tables: ['deadline'],
      createTables,
      createIndexes: async (tx) => {
        await sql`create index on deadline (stream) where open`.execute(tx)
        await sql`create index on deadline (next_due) where next_due is not null`.execute(tx)
        await sql`
          create index on deadline (${categoryOfStream}, next_due) where next_due is not null and ${ofOthers}`.execute(
          tx,
        )
        await sql`analyze deadline`.execute(tx)
      },
      project: async (events, context) => {
        const { tx, replaying } = context
        const { ended, endedNow, resumedNow } = await findEndedImports(imports, events, context)
        const { timeline, changed } = await terms.after(events, context)
        const states: StreamClockState[] = []
        for (const clock of clocks) {
          const moved = await clock.clockStates(events, context, ended, timeline)
          states.push(...moved.filter(({ changed: isChanged, relabelled }) => isChanged || relabelled))
        }
        const before = await writeClockStates(tx, states)
        const releases = await releaseHeld(tx, endedNow)
        const holds = await holdAgain(tx, resumedNow)
        const report = sink && !replaying ? sink : async () => undefined
        const changes = [...changesOf(before, states), ...releases, ...holds]
        for (let from = 0; from < changes.length; from += chunk) await report(tx, changes.slice(from, from + chunk))
        const last = events.at(-1)
        if (changed && last) {
          const terms = { previous: changed.previous, timeline }
          const at = { position: last.position, context }
          for await (const moved of recompute(clocks, terms, at, portion)) await report(tx, moved)
        }
      },
      switched: async (tx) => {
        if (!sink) return
        for await (const changes of readClocked(tx, chunk)) await sink(tx, changes)
      },
    },
    async (ids, { tx, replaying }) => {
      const removed = await removeStreams(
        tx,
        ids.map((id) => streamName('ticket', id)),
      )
      if (sink && !replaying) await sink(tx, removed)
    },
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table deadline (
      stream text collate "C" primary key,
      deadlines json not null,
      open boolean not null,
      outstanding boolean not null,
      imported_by text,
      held_by text,
      next_due timestamptz
    ) with (fillfactor = 70)`.execute(tx)
}

type Row = {
  readonly stream: string
  readonly deadlines: readonly Deadline[]
  readonly held: boolean
  readonly outstanding: boolean
  readonly next_due: Date | null
}

/**
 * Recomputes the deadlines of every open stream under changed terms, in portions, so that memory stays flat. Each
 * stream is folded from its history, up to the end of the batch that has changed the terms.
 * @returns for each portion, the streams whose next due instant has changed, or that have, or had, a clock under other
 * labels.
 */
async function* recompute(
  clocks: readonly CategoryClock[],
  { previous, timeline }: { readonly previous: TermsTimeline; readonly timeline: TermsTimeline },
  { position, context }: { readonly position: Position; readonly context: ProjectionContext },
  portion: number,
): AsyncGenerator<readonly ClockStateChange[]> {
  const { tx } = context
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select stream, deadlines, held_by is not null as held, outstanding, next_due
      from deadline where stream > ${after} and open order by stream limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.stream
    const due = new Map<string, readonly StreamDeadlines[]>()
    for (const clock of clocks) {
      const streams = rows.map(({ stream }) => stream).filter((each) => parseStream(each).category === clock.category)
      for (const [stream, each] of await clock.dueAt(streams, position, context, [previous, timeline]))
        due.set(stream, each)
    }
    const moved = rows.flatMap((row) => {
      const [was, is] = due.get(row.stream) ?? []
      const deadlines = is?.deadlines ?? []
      const outstanding = is?.labels?.outstanding ?? false
      const relabelled = !sameLabels(was?.labels, is?.labels)
      const isMoved = outstanding !== row.outstanding || !sameDeadlines(deadlines, row.deadlines)
      return isMoved || relabelled ? [{ ...row, deadlines, outstanding, was: row, isMoved, relabelled }] : []
    })
    if (moved.length === 0) continue
    await write(
      tx,
      moved.filter(({ isMoved }) => isMoved),
    )
    yield moved.flatMap(({ stream, held: isHeld, next_due, deadlines, outstanding, was, relabelled }) => {
      const before = next_due ? toInstant(next_due) : undefined
      const now = deadlines[0]?.dueAt
      const isChange = before !== now || (relabelled && (now !== undefined || outstanding || was.outstanding))
      return isHeld || !isChange ? [] : [{ stream, before, after: now }]
    })
  }
}

async function write(tx: Transaction<unknown>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const written = rows.map(({ stream, deadlines, outstanding }) => ({ stream, deadlines, outstanding }))
  await sql`
    update deadline d set
      deadlines = r.deadlines,
      outstanding = r.outstanding,
      next_due = case when d.held_by is null then (r.deadlines -> 0 ->> 'dueAt')::timestamptz end
    from json_to_recordset(${JSON.stringify(written)}::json) as r (stream text, deadlines json, outstanding boolean)
    where d.stream = r.stream`.execute(tx)
}

/** The SQL condition for a stream that has a clock, equivalent to `isClocked`. */
const clocked = sql`held_by is null and (outstanding or next_due is not null)`

/**
 * Writes the clock states of the streams of a batch, in one statement.
 * @returns the previous next due instant of each of them; those that had no clock are omitted.
 */
async function writeClockStates(
  tx: Transaction<unknown>,
  states: readonly StreamClockState[],
): Promise<ReadonlyMap<string, Instant | undefined>> {
  if (states.length === 0) return new Map()
  const written = states.map((each) => ({
    stream: each.stream,
    deadlines: each.deadlines,
    open: each.open,
    outstanding: each.outstanding,
    imported_by: each.importedBy,
    held_by: each.heldBy,
    next_due: nextDue(each),
  }))
  const { rows } = await sql<ClockStateRow>`
    with batch as materialized (
      select * from json_to_recordset(${JSON.stringify(written)}::json) as r (
        stream text, deadlines json, open boolean, outstanding boolean, imported_by text,
        held_by text, next_due timestamptz
      )
    ), written as (
      insert into deadline (stream, deadlines, open, outstanding, imported_by, held_by, next_due)
      select stream, deadlines, open, outstanding, imported_by, held_by, next_due from batch
      on conflict (stream) do update set
        deadlines = excluded.deadlines, open = excluded.open, outstanding = excluded.outstanding, imported_by = excluded.imported_by,
        held_by = excluded.held_by, next_due = excluded.next_due
    )
    select stream, next_due from deadline
    where stream = any(array(select stream from batch)) and ${clocked}`.execute(tx)
  return new Map(rows.map((row) => [row.stream, dueOf(row)]))
}

type ClockStateRow = { readonly stream: string; readonly next_due: Date | null }

const dueOf = ({ next_due: due }: ClockStateRow): Instant | undefined => (due ? toInstant(due) : undefined)

/** Releases the clocks that waited for imports that have ended now. */
async function releaseHeld(tx: Transaction<unknown>, imports: readonly string[]): Promise<readonly ClockStateChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<ClockStateRow>`
    with released as (
      update deadline set held_by = null, next_due = (deadlines -> 0 ->> 'dueAt')::timestamptz
      where held_by = any(${[...imports]}::text[])
      returning stream, next_due, held_by, outstanding
    )
    select stream, next_due from released where ${clocked}`.execute(tx)
  return rows.map((row) => ({ stream: row.stream, before: undefined, after: dueOf(row) }))
}

/** Holds the clocks of streams whose last event came from imports that are resumed now, until these end. */
async function holdAgain(tx: Transaction<unknown>, imports: readonly string[]): Promise<readonly ClockStateChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<ClockStateRow & { readonly was_clocked: boolean }>`
    with held as materialized (
      select stream, next_due, ${clocked} as was_clocked from deadline
      where imported_by = any(${[...imports]}::text[]) and held_by is null
    )
    update deadline d set held_by = imported_by, next_due = null from held where held.stream = d.stream
    returning d.stream, held.next_due, held.was_clocked`.execute(tx)
  return rows.flatMap((row) => (row.was_clocked ? [{ stream: row.stream, before: dueOf(row), after: undefined }] : []))
}

/** Deletes the clock states of streams. */
async function removeStreams(
  tx: Transaction<unknown>,
  streams: readonly string[],
): Promise<readonly ClockStateChange[]> {
  const { rows } = await sql<ClockStateRow & { readonly was_clocked: boolean }>`
    delete from deadline where stream = any(${[...streams]}::text[])
    returning stream, next_due, ${clocked} as was_clocked`.execute(tx)
  return rows.flatMap((row) => (row.was_clocked ? [{ stream: row.stream, before: dueOf(row), after: undefined }] : []))
}

/** Every stream that has a clock, as a change from having none. */
async function* readClocked(tx: Transaction<unknown>, limit: number): AsyncGenerator<readonly ClockStateChange[]> {
  for (let after = ''; ;) {
    const { rows } = await sql<ClockStateRow>`
      select stream, next_due from deadline where stream > ${after} and ${clocked}
      order by stream limit ${limit}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row) => ({ stream: row.stream, before: undefined, after: dueOf(row) }))
    after = last.stream
  }
}
