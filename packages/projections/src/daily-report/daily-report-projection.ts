import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import type { DailyState, FoldedDays } from './daily-state.ts'
import { createDailyFolding } from './daily-state.ts'
import type { QuarterCounts } from './day-counts.ts'
import { countByQuarter, happenings } from './day-counts.ts'
import { firstResponses, writeFirstResponses } from './first-responses.ts'

const statusColumns = ticketStatuses.map((status) => `now_${status}`)
const columns = [...happenings, ...statusColumns]
const named = (names: readonly string[]) => sql.join(names.map((name) => sql.id(name)))

/**
 * What happened in each quarter of an hour, and by how much it changed the number of tickets in each status. The days of any time
 * zone are made of whole quarters: which zone's days are shown is for the reader to say, and no row follows from it.
 */
export function dailyReportProjection(): Projection {
  const foldDays = createDailyFolding()
  return {
    name: 'daily_report',
    version: 3,
    tables: ['quarter_count', 'utc_day_count', 'daily_first_response', 'daily_ticket'],
    createTables,
    createIndexes: async (tx) => {
      await sql`create index on daily_first_response (at)`.execute(tx)
      await sql`analyze quarter_count, utc_day_count, daily_first_response`.execute(tx)
    },
    project: async (events, { tx }) => {
      const folded = await foldDays(events, (ids) => loadStates(tx, ids))
      await Promise.all([
        writeTickets(tx, folded),
        writeCounts(tx, countByQuarter(folded.steps)),
        writeFirstResponses(tx, firstResponses(folded.steps)),
      ])
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  const counts = (names: readonly string[]) =>
    sql.join(names.map((name) => sql`${sql.id(name)} bigint not null default 0`))
  await sql`
    create table quarter_count (quarter timestamptz primary key, ${counts(columns)}) with (fillfactor = 50)`.execute(tx)
  await sql`
    create table utc_day_count (day date primary key, ${counts(statusColumns)}) with (fillfactor = 50)`.execute(tx)
  await sql`
    create table daily_first_response (
      ticket_id text collate "C" not null,
      at timestamptz not null,
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

/** The sums by day spare readers those of all quarters before a period. */
async function writeCounts(tx: Transaction<unknown>, counts: readonly QuarterCounts[]): Promise<void> {
  if (counts.length === 0) return
  const added = sql`json_to_recordset(${JSON.stringify(counts)}::json) as r (
    quarter timestamptz, ${sql.join(columns.map((column) => sql`${sql.id(column)} bigint`))})`
  const adding = (names: readonly string[]) =>
    sql.join(names.map((name) => sql`${sql.id(name)} = d.${sql.id(name)} + excluded.${sql.id(name)}`))
  await sql`
    insert into quarter_count as d (quarter, ${named(columns)})
    select quarter, ${sql.join(columns.map((column) => sql`coalesce(${sql.id(column)}, 0)`))} from ${added}
    on conflict (quarter) do update set ${adding(columns)}`.execute(tx)
  await sql`
    insert into utc_day_count as d (day, ${named(statusColumns)})
    select (quarter at time zone 'UTC')::date, ${sql.join(statusColumns.map((column) => sql`coalesce(sum(${sql.id(column)}), 0)`))}
    from ${added} group by 1
    on conflict (day) do update set ${adding(statusColumns)}`.execute(tx)
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
