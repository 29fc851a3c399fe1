import type { Instant } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { StandingChange } from './deadline-sink.ts'
import type { StreamStanding } from './standing.ts'
import { nextDue } from './standing.ts'

/**
 * Writes what stands on the streams of a batch, in one statement.
 * @returns when each of them was due next before; those that were not due are left out.
 */
export async function writeStandings(
  tx: Transaction<unknown>,
  standing: readonly StreamStanding[],
): Promise<ReadonlyMap<string, Instant>> {
  if (standing.length === 0) return new Map()
  const written = standing.map((each) => ({
    stream: each.stream,
    version: each.version,
    state: each.state,
    deadlines: each.deadlines,
    open: each.open,
    imported_by: each.importedBy,
    held_by: each.heldBy,
    next_due: nextDue(each),
  }))
  const { rows } = await sql<{ stream: string; next_due: Date }>`
    with batch as materialized (
      select * from json_to_recordset(${JSON.stringify(written)}::json) as r (
        stream text, version integer, state jsonb, deadlines json, open boolean, imported_by text, held_by text,
        next_due timestamptz
      )
    ), written as (
      insert into deadline (stream, version, state, deadlines, open, imported_by, held_by, next_due)
      select stream, version, state, deadlines, open, imported_by, held_by, next_due from batch
      on conflict (stream) do update set
        version = excluded.version, state = excluded.state, deadlines = excluded.deadlines,
        open = excluded.open,        imported_by = excluded.imported_by, held_by = excluded.held_by, next_due = excluded.next_due
    )
    select d.stream, d.next_due from deadline d
    where d.stream = any(array(select stream from batch)) and d.next_due is not null`.execute(tx)
  return new Map(rows.map(({ stream, next_due }) => [stream, toInstant(next_due)]))
}

/** Lets the clocks run that waited for imports which have ended now. */
export async function releaseHeld(
  tx: Transaction<unknown>,
  imports: readonly string[],
): Promise<readonly StandingChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<{ stream: string; next_due: Date | null }>`
    update deadline set held_by = null, next_due = (deadlines -> 0 ->> 'dueAt')::timestamptz
    where held_by = any(${[...imports]}::text[])
    returning stream, next_due`.execute(tx)
  return rows.flatMap(({ stream, next_due }) =>
    next_due ? [{ stream, before: undefined, after: toInstant(next_due) }] : [],
  )
}

/** Stops the clocks of what came in last with imports that go on now, until these end. */
export async function holdAgain(
  tx: Transaction<unknown>,
  imports: readonly string[],
): Promise<readonly StandingChange[]> {
  if (imports.length === 0) return []
  const { rows } = await sql<{ stream: string; next_due: Date | null }>`
    with held as materialized (
      select stream, next_due from deadline
      where imported_by = any(${[...imports]}::text[]) and held_by is null
    )
    update deadline d set held_by = imported_by, next_due = null from held where held.stream = d.stream
    returning d.stream, held.next_due`.execute(tx)
  return rows.flatMap(({ stream, next_due }) =>
    next_due ? [{ stream, before: toInstant(next_due), after: undefined }] : [],
  )
}

/** Every stream that something is due on, as if nothing had been due on it before. */
export async function* readStandingDeadlines(
  tx: Transaction<unknown>,
  limit: number,
): AsyncGenerator<readonly StandingChange[]> {
  for (let after = ''; ;) {
    const { rows } = await sql<{ stream: string; next_due: Date }>`
      select stream, next_due from deadline where stream > ${after} and next_due is not null
      order by stream limit ${limit}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ stream, next_due }) => ({ stream, before: undefined, after: toInstant(next_due) }))
    after = last.stream
  }
}
