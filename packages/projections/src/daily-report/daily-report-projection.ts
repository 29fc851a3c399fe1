import type { TicketEvent } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import type { Projection } from '../runner/projection.ts'
import type { Moved, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { DailyState } from './daily-state.ts'
import type { QuarterCounts } from './day-counts.ts'
import { countByQuarter, countByUtcDay, happenings, negated, summed } from './day-counts.ts'
import { firstResponses, firstResponseTable } from './first-responses.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

const statusColumns = ticketStatuses.map((status) => `now_${status}`)
const columns = [...happenings, ...statusColumns]
const bigints = (names: readonly string[]): string => names.map((name) => `${name} bigint`).join(', ')
const quarterTable = writtenTable('quarter_count', 'quarter timestamptz', bigints(columns))
const utcDayTable = writtenTable('utc_day_count', 'day date', bigints(statusColumns))
const importedTable = writtenTable('daily_imported', 'ticket_id text', 'counts jsonb')

/**
 * What happened in each quarter of an hour, and by how much it changed the number of tickets in each status. The days of any time
 * zone are made of whole quarters: which zone's days are shown is for the reader to say, and no row follows from it. A first response is
 * counted on the calendar that the objectives named for the instant at which it was given.
 * @param basis what times are counted by until a configuration has been applied: another one rebuilds them.
 */
export function dailyReportProjection(
  days: StreamFolding<TicketEvent, DailyState | undefined>,
  terms: TimelineKeeper,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'daily_report',
      version: 6,
      basis,
      tables: ['quarter_count', 'utc_day_count', 'daily_first_response', 'daily_imported', 'daily_configuration'],
      createTables: async (tx) => {
        await createTables(tx)
        await terms.createTables(tx)
      },
      createIndexes: async (tx) => {
        await sql`create index on daily_first_response (at)`.execute(tx)
        await sql`analyze quarter_count, utc_day_count, daily_first_response`.execute(tx)
      },
      project: async (events, context) => {
        const { tx } = context
        const steps = await days.steps(events, context)
        const moved = movedBy(steps)
        const quarters = countByQuarter(steps)
        await Promise.all([
          importedTable.replace(tx, importedRows(moved)),
          removeRows(tx, noMoreImported(moved), { daily_imported: 'ticket_id' }),
          quarterTable.add(tx, quarters),
          utcDayTable.add(tx, countByUtcDay(quarters)),
        ])
        for (const part of apart(events)) {
          const { timeline } = await terms.follow(tx, part)
          await firstResponseTable.insert(tx, firstResponses(within(part, steps), timeline))
        }
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
    create table daily_imported (
      ticket_id text collate "C" primary key,
      counts jsonb not null
    ) with (fillfactor = 80)`.execute(tx)
}

/** Takes tickets out of all counts. */
async function removeTickets(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{ counts: readonly QuarterCounts[] }>`
    delete from daily_imported where ticket_id = any(${[...ids]}::text[]) returning counts`.execute(tx)
  const quarters = negated(summed(rows.flatMap(({ counts }) => counts)))
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

type MovedDay = Moved<DailyState | undefined>

/** What tickets have added to each quarter that may still be taken back with their import. */
const importedRows = (moved: readonly MovedDay[]): readonly object[] =>
  moved.flatMap(({ id, before, after }) =>
    after?.counts && after.counts !== before?.counts ? [{ ticket_id: id, counts: after.counts }] : [],
  )

/** The tickets that may not be taken back any more: somebody has worked on them. */
const noMoreImported = (moved: readonly MovedDay[]): readonly string[] =>
  moved.flatMap(({ id, before, after }) => (before?.counts && !after?.counts ? [id] : []))
