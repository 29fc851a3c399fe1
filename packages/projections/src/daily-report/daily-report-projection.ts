import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { DailyState, FoldedDays } from './daily-state.ts'
import { createDailyFolding } from './daily-state.ts'
import { countByDay, happenings } from './day-counts.ts'
import { daysIn } from './day.ts'
import { firstResponses, firstResponseTable } from './first-responses.ts'

const columns = [...happenings, ...ticketStatuses.map((status) => `now_${status}`)]
const countTable = writtenTable('daily_count', 'day date', columns.map((column) => `${column} bigint`).join(', '))
const ticketTable = writtenTable(
  'daily_ticket',
  'ticket_id text',
  'version integer, status text, opened_at timestamptz, first_wait_over boolean',
)

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
        ticketTable.replace(tx, rowsOf(folded)),
        countTable.add(tx, countByDay(folded.steps, dayOf)),
        firstResponseTable.insert(tx, firstResponses(folded.steps, dayOf)),
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

const rowsOf = ({ ends }: FoldedDays): readonly object[] =>
  ends.flatMap(({ id, version, state }) => {
    if (!state) return []
    const { status, openedAt, firstWaitOver } = state
    return [{ ticket_id: id, version, status, opened_at: openedAt, first_wait_over: firstWaitOver }]
  })
