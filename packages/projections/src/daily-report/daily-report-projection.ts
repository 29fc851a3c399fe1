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
import type { QuarterCounts } from './day-counts.ts'
import { countByQuarter, countByUtcDay, happenings, negated, summed } from './day-counts.ts'
import { firstResponses, firstResponseTable } from './first-responses.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

const statusColumns = ticketStatuses.map((status) => `now_${status}`)
const columns = [...happenings, ...statusColumns]
const bigints = (names: readonly string[]): string => names.map((name) => `${name} bigint`).join(', ')
const quarterTable = writtenTable('quarter_count', 'quarter timestamptz', bigints(columns))
const utcDayTable = writtenTable('utc_day_count', 'day date', bigints(statusColumns))
const ticketTable = writtenTable(
  'daily_ticket',
  'ticket_id text',
  'version integer, status text, opened_at timestamptz, first_wait_over boolean, counts jsonb',
)

/**
 * What happened in each quarter of an hour, and by how much it changed the number of tickets in each status. The days of any time
 * zone are made of whole quarters: which zone's days are shown is for the reader to say, and no row follows from it.
 */
export function dailyReportProjection(): Projection {
  const foldDays = createDailyFolding()
  return forgetsWithdrawn(
    {
      name: 'daily_report',
      version: 4,
      tables: ['quarter_count', 'utc_day_count', 'daily_first_response', 'daily_ticket'],
      createTables,
      createIndexes: async (tx) => {
        await sql`create index on daily_first_response (at)`.execute(tx)
        await sql`analyze quarter_count, utc_day_count, daily_first_response`.execute(tx)
      },
      project: async (events, { tx }) => {
        const folded = await foldDays(events, (ids) => loadStates(tx, ids))
        const quarters = countByQuarter(folded.steps)
        await Promise.all([
          ticketTable.replace(tx, rowsOf(folded)),
          quarterTable.add(tx, quarters),
          utcDayTable.add(tx, countByUtcDay(quarters)),
          firstResponseTable.insert(tx, firstResponses(folded.steps)),
        ])
      },
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
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
      first_wait_over boolean not null,
      counts jsonb
    ) with (fillfactor = 80)`.execute(tx)
}

/** Takes tickets out of all counts. */
async function removeTickets(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  const { rows } = await sql<Pick<Row, 'counts'>>`
    delete from daily_ticket where ticket_id = any(${[...ids]}::text[]) returning counts`.execute(tx)
  const quarters = negated(summed(rows.flatMap(({ counts }) => counts ?? [])))
  await quarterTable.add(tx, quarters)
  await utcDayTable.add(tx, countByUtcDay(quarters))
  await sql`delete from quarter_count where quarter = any(${quarters.map(({ quarter }) => quarter)}::timestamptz[])
    and ${isEmpty(columns)}`.execute(tx)
  await sql`delete from utc_day_count where day = any(${quarters.map(({ quarter }) => quarter.slice(0, 10))}::date[])
    and ${isEmpty(statusColumns)}`.execute(tx)
  await removeRows(tx, ids, { daily_first_response: 'ticket_id' })
}

const isEmpty = (names: readonly string[]) =>
  sql.join(
    names.map((name) => sql`${sql.id(name)} = 0`),
    sql` and `,
  )

type Row = {
  ticket_id: string
  version: number
  status: TicketStatus
  opened_at: Date
  first_wait_over: boolean
  counts: readonly QuarterCounts[] | null
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<DailyState>[]> {
  const { rows } = await sql<Row>`
    select * from daily_ticket where ticket_id = any(${[...ids]}::text[])`.execute(tx)
  return rows.map(({ ticket_id, version, status, opened_at, first_wait_over, counts }) => ({
    id: ticket_id,
    version,
    state: { status, openedAt: toInstant(opened_at), firstWaitOver: first_wait_over, counts: counts ?? undefined },
  }))
}

const rowsOf = ({ ends }: FoldedDays): readonly object[] =>
  ends.flatMap(({ id, version, state }) => {
    if (!state) return []
    const { status, openedAt, firstWaitOver, counts } = state
    return [{ ticket_id: id, version, status, opened_at: openedAt, first_wait_over: firstWaitOver, counts }]
  })
