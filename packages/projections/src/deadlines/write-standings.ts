import type { Instant } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { StandingChange } from './deadline-sink.ts'
import type { StreamStanding } from './standing.ts'
import { nextDue } from './standing.ts'

/** A stream that has a clock, as `isClocked` tells of one in memory. */
const clocked = sql`held_by is null and (outstanding or next_due is not null)`

/**
 * Writes what stands on the streams of a batch, in one statement.
 * @returns when each of them was due next before; those that had no clock are left out.
 */
export async function writeStandings(
  tx: Transaction<unknown>,
  standing: readonly StreamStanding[],
): Promise<ReadonlyMap<string, Instant | undefined>> {
  if (standing.length === 0) return new Map()
  const written = standing.map((each) => ({
    stream: each.stream,
    deadlines: each.deadlines,
    open: each.open,
    outstanding: each.outstanding,
    imported_by: each.importedBy,
    held_by: each.heldBy,
    next_due: nextDue(each),
  }))
  const { rows } = await sql<Row>`
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

type Row = { readonly stream: string; readonly next_due: Date | null }

const dueOf = ({ next_due: due }: Row): Instant | undefined => (due ? toInstant(due) : undefined)

/** Lets the clocks run that waited for imports which have ended now. */
export async function releaseHeld(
  tx: Transaction<unknown>,
  imports: readonly string[],
): Promise<readonly StandingChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<Row>`
    with released as (
      update deadline set held_by = null, next_due = (deadlines -> 0 ->> 'dueAt')::timestamptz
      where held_by = any(${[...imports]}::text[])
      returning stream, next_due, held_by, outstanding
    )
    select stream, next_due from released where ${clocked}`.execute(tx)
  return rows.map((row) => ({ stream: row.stream, before: undefined, after: dueOf(row) }))
}

/** Stops the clocks of what came in last with imports that go on now, until these end. */
export async function holdAgain(
  tx: Transaction<unknown>,
  imports: readonly string[],
): Promise<readonly StandingChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<Row & { readonly was_clocked: boolean }>`
    with held as materialized (
      select stream, next_due, ${clocked} as was_clocked from deadline
      where imported_by = any(${[...imports]}::text[]) and held_by is null
    )
    update deadline d set held_by = imported_by, next_due = null from held where held.stream = d.stream
    returning d.stream, held.next_due, held.was_clocked`.execute(tx)
  return rows.flatMap((row) => (row.was_clocked ? [{ stream: row.stream, before: dueOf(row), after: undefined }] : []))
}

/** Deletes what stands on streams. */
export async function removeStreams(
  tx: Transaction<unknown>,
  streams: readonly string[],
): Promise<readonly StandingChange[]> {
  const { rows } = await sql<Row & { readonly was_clocked: boolean }>`
    delete from deadline where stream = any(${[...streams]}::text[])
    returning stream, next_due, ${clocked} as was_clocked`.execute(tx)
  return rows.flatMap((row) => (row.was_clocked ? [{ stream: row.stream, before: dueOf(row), after: undefined }] : []))
}

/** Every stream that has a clock, as if it had had none before. */
export async function* readClocked(tx: Transaction<unknown>, limit: number): AsyncGenerator<readonly StandingChange[]> {
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select stream, next_due from deadline where stream > ${after} and ${clocked}
      order by stream limit ${limit}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row) => ({ stream: row.stream, before: undefined, after: dueOf(row) }))
    after = last.stream
  }
}
