import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import type { DailyState, FoldedDays } from './daily-state.ts'
import { createDailyFolding } from './daily-state.ts'
import type { DayCounts } from './day-counts.ts'
import { countByDay, happenings } from './day-counts.ts'
import { daysIn } from './day.ts'
import { firstResponses, writeFirstResponses } from './first-responses.ts'

const columns = [...happenings, ...ticketStatuses.map((status) => `now_${status}`)]
const listed = sql.join(columns.map((column) => sql.id(column)))

/**
 * What happened on each day of a time zone, and by how much each day changed the number of tickets in each status.
 * @throws RangeError when there is no such time zone.
 */
export function dailyReportProjection(timeZone: string): Projection {
  const dayOf = daysIn(timeZone)
  const foldDays = createDailyFolding()
  return {
    name: 'daily_report',
    version: 2,
    basis: timeZone,
    tables: ['daily_count', 'daily_first_response', 'daily_ticket'],
    createTables,
    createIndexes: async (tx) => {
      await sql`create index on daily_first_response (day)`.execute(tx)
      await sql`analyze daily_count, daily_first_response`.execute(tx)
    },
    project: async (events, { tx }) => {
      const folded = await foldDays(events, (ids) => loadStates(tx, ids))
      await Promise.all([
        writeTickets(tx, folded),
        writeCounts(tx, countByDay(folded.steps, dayOf)),
        writeFirstResponses(tx, firstResponses(folded.steps, dayOf)),
      ])
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  const counts = columns.map((column) => sql`${sql.id(column)} bigint not null default 0`)
  await sql`create table daily_count (day date primary key, ${sql.join(counts)}) with (fillfactor = 50)`.execute(tx)
  await sql`
    create table daily_first_response (
      ticket_id text collate "C" not null,
      day date not null,
      response bigint not null
    )`.execute(tx)
  await sql`
    create table daily_ticket (
      ticket_id text collate "C" primary key,
      version integer not null,
      status text not null,
      opened_at timestamptz not null,
      first_wait_over boolean not null
    ) with (fillfactor = 80)`.execute(tx)
}

async function writeCounts(tx: Transaction<unknown>, counts: readonly DayCounts[]): Promise<void> {
  if (counts.length === 0) return
  await sql`
    insert into daily_count as d (day, ${listed})
    select day, ${sql.join(columns.map((column) => sql`coalesce(${sql.id(column)}, 0)`))}
    from json_to_recordset(${JSON.stringify(counts)}::json) as r (
      day date, ${sql.join(columns.map((column) => sql`${sql.id(column)} bigint`))}
    )
    on conflict (day) do update set ${sql.join(
      columns.map((column) => sql`${sql.id(column)} = d.${sql.id(column)} + excluded.${sql.id(column)}`),
    )}`.execute(tx)
}

type Row = { ticket_id: string; version: number; status: TicketStatus; opened_at: Date; first_wait_over: boolean }

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<DailyState>[]> {
  const { rows } = await sql<Row>`
    select * from daily_ticket where ticket_id = any(${[...ids]}::text[])`.execute(tx)
  return rows.map(({ ticket_id, version, status, opened_at, first_wait_over }) => ({
    id: ticket_id,
    version,
    state: { status, openedAt: toInstant(opened_at), firstWaitOver: first_wait_over },
  }))
}

async function writeTickets(tx: Transaction<unknown>, { ends }: FoldedDays): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) =>
    state
      ? [
          {
            ticket_id: id,
            version,
            status: state.status,
            opened_at: state.openedAt,
            first_wait_over: state.firstWaitOver,
          },
        ]
      : [],
  )
  if (rows.length === 0) return
  await sql`
    insert into daily_ticket (ticket_id, version, status, opened_at, first_wait_over)
    select ticket_id, version, status, opened_at, first_wait_over
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      ticket_id text, version integer, status text, opened_at timestamptz, first_wait_over boolean
    )
    on conflict (ticket_id) do update set
      version = excluded.version, status = excluded.status, opened_at = excluded.opened_at,
      first_wait_over = excluded.first_wait_over`.execute(tx)
}
