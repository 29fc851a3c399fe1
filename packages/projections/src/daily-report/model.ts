import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { EventEnvelope, Instant, TermsTimeline, TicketEvent, TicketStatus } from '@guichet/domain'
import { importIdOf, isEngineActor, statusAfter, ticketStatuses } from '@guichet/domain'
import { quarterOf } from '../days.ts'
import { endOfWait, firstResponseIn } from '../response-times/model.ts'
import type { Projection } from '../runner/projection.ts'
import type { TermsKeeper } from '../streams/configuration.ts'
import type { MovedStream, Step, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/** The columns of the statuses, as `StatusColumn` says. */
export const statusColumns = ticketStatuses.map((status) => `now_${status}`)

/** What is counted. */
export const happenings = [
  'opened',
  'agent_replies',
  'customer_replies',
  'resolved',
  'reopened',
  'closed',
  'closed_unanswered',
  'spam',
  'chases',
  'stagnations',
] as const

const columns = [...happenings, ...statusColumns]
const counts = (names: readonly string[]): string => names.map((name) => `${name} bigint not null default 0`).join(', ')
const quarterTable = writtenTable('quarter_count', `quarter timestamptz primary key, ${counts(columns)}`, {
  fillfactor: 50,
})
const utcDayTable = writtenTable('utc_day_count', `day date primary key, ${counts(statusColumns)}`, { fillfactor: 50 })
const importedTable = writtenTable('daily_imported', 'ticket_id text collate "C" primary key, counts jsonb not null', {
  fillfactor: 80,
})
const firstResponseTable = writtenTable(
  'daily_first_response',
  'ticket_id text collate "C" not null, at timestamptz not null, response bigint not null',
  { indexes: ['index on daily_first_response (at)'] },
)

/**
 * The events of each quarter of an hour, and their changes to the number of tickets in each status. The days of any
 * time zone consist of whole quarters: readers choose the time zone, and no row depends on it. A first response is
 * counted on the calendar that the objectives named for the instant at which it was given.
 * @param basis what times are counted by until a configuration has been applied: another one rebuilds them.
 */
export function dailyReportProjection(
  days: StreamFolding<TicketEvent, DailyState | undefined>,
  terms: TermsKeeper,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'daily_report',
      version: 7,
      basis,
      ...tablesOf(quarterTable, utcDayTable, firstResponseTable, importedTable),
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
        for (const { events: part, timeline } of await terms.split(events, context)) {
          await firstResponseTable.insert(tx, firstResponses(within(part, steps), timeline))
        }
      },
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}

/** Subtracts tickets from all counts. */
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

type MovedDay = MovedStream<DailyState | undefined>

/** The counts by quarter of tickets that may still be withdrawn with their import. */
const importedRows = (moved: readonly MovedDay[]): readonly object[] =>
  moved.flatMap(({ id, before, after }) =>
    after?.counts && after.counts !== before?.counts ? [{ ticket_id: id, counts: after.counts }] : [],
  )

/** The tickets that can no longer be withdrawn, because an agent has worked on them. */
const noMoreImported = (moved: readonly MovedDay[]): readonly string[] =>
  moved.flatMap(({ id, before, after }) => (before?.counts && !after?.counts ? [id] : []))

/** The state of a ticket for the daily report; undefined before it is opened. */
export type DailyState = {
  readonly status: TicketStatus
  readonly openedAt: Instant
  /** Whether the wait for the first answer is over: it came, or the ticket was closed without one. */
  readonly firstWaitOver: boolean
  /** The counts of the ticket by quarter, while it may still be withdrawn with its import. */
  readonly counts?: readonly QuarterCounts[] | undefined
}

type DailyStep = Step<TicketEvent, DailyState | undefined>

/** Folds a ticket's status and whether its customer still waits for the first answer. */
export function evolveDaily(
  state: DailyState | undefined,
  envelope: EventEnvelope<TicketEvent>,
): DailyState | undefined {
  const after = moved(state, envelope.event)
  return after && { ...after, counts: countsAfter(state, envelope, after) }
}

/** Whether an event leaves its ticket withdrawable: it was imported, or comes from the engine and not from an agent. */
const isImported = ({ event, correlationId }: EventEnvelope): boolean =>
  importIdOf(correlationId) !== undefined || isEngineActor(event.by)

function countsAfter(
  before: DailyState | undefined,
  envelope: EventEnvelope<TicketEvent>,
  after: DailyState,
): readonly QuarterCounts[] | undefined {
  const isOpened = envelope.event.type === 'TicketOpened'
  if (isOpened ? importIdOf(envelope.correlationId) === undefined : !before?.counts || !isImported(envelope)) {
    return undefined
  }
  return summed([...(before?.counts ?? []), ...countByQuarter([{ id: '', envelope, before, after }])])
}

function moved(state: DailyState | undefined, event: TicketEvent): DailyState | undefined {
  if (event.type === 'TicketOpened') return { status: 'new', openedAt: event.at, firstWaitOver: false }
  return (
    state && {
      status: statusAfter[event.type] ?? state.status,
      openedAt: state.openedAt,
      firstWaitOver: state.firstWaitOver || endOfWait(event) !== undefined,
    }
  )
}

/** What a daily report counts, as the name of its column. */
export type Happening = (typeof happenings)[number]

/** The column of a status: by how much the number of tickets in it changes within a quarter of an hour. */
export type StatusColumn = `now_${TicketStatus}`

/** The counts that a batch adds to a quarter of an hour, named by its start. */
type QuarterCounts = { readonly quarter: Instant } & Partial<Record<Happening | StatusColumn, number>>

/**
 * The counts that a batch adds to each quarter of an hour. Each event counts at its own instant: late history counts on
 * its own days, and the totals at the ends of all later days follow, because they are sums.
 */
function countByQuarter(steps: readonly DailyStep[]): readonly QuarterCounts[] {
  const quarters = new Map<Instant, { quarter: Instant } & Partial<Record<Happening | StatusColumn, number>>>()
  for (const { envelope, before, after } of steps) {
    const quarter = quarterOf(envelope.event.at)
    const counts = quarters.get(quarter) ?? { quarter }
    quarters.set(quarter, counts)
    const add = (column: Happening | StatusColumn, change: number): void => {
      counts[column] = (counts[column] ?? 0) + change
    }
    for (const happening of happeningsOf(envelope.event)) add(happening, 1)
    if (before?.status === after?.status) continue
    if (before) add(`now_${before.status}`, -1)
    if (after) add(`now_${after.status}`, 1)
  }
  return [...quarters.values()]
}

/** Merges counts of the same quarter, in order of first occurrence; omits counts that are 0 in sum. */
function summed(counts: readonly QuarterCounts[]): readonly QuarterCounts[] {
  const quarters = new Map<Instant, QuarterCounts>()
  for (const { quarter, ...added } of counts) {
    const sum: Record<string, number> = { ...without(quarters.get(quarter)) }
    for (const [column, change] of Object.entries(added)) sum[column] = (sum[column] ?? 0) + change
    quarters.set(quarter, { quarter, ...Object.fromEntries(Object.entries(sum).filter(([, count]) => count !== 0)) })
  }
  return [...quarters.values()]
}

/** The negative of counts. */
const negated = (counts: readonly QuarterCounts[]): readonly QuarterCounts[] =>
  counts.map((counted) => ({
    quarter: counted.quarter,
    ...Object.fromEntries(Object.entries(without(counted)).map(([column, count]) => [column, -count])),
  }))

function without(counted: QuarterCounts | undefined): Readonly<Record<string, number>> {
  const { quarter: _, ...counts } = counted ?? { quarter: undefined }
  return counts
}

/** The changes of each UTC day to the numbers of tickets, so that readers need not sum all quarters before a period. */
function countByUtcDay(
  quarters: readonly QuarterCounts[],
): readonly ({ readonly day: string } & Partial<Record<StatusColumn, number>>)[] {
  const days = new Map<string, { day: string } & Partial<Record<StatusColumn, number>>>()
  for (const counted of quarters) {
    const day = counted.quarter.slice(0, 10)
    const sums = days.get(day) ?? { day }
    days.set(day, sums)
    for (const status of ticketStatuses) {
      const column = `now_${status}` as const
      if (counted[column] !== undefined) sums[column] = (sums[column] ?? 0) + counted[column]
    }
  }
  return [...days.values()]
}

function happeningsOf(event: TicketEvent): readonly Happening[] {
  switch (event.type) {
    case 'TicketOpened':
      return ['opened']
    case 'AgentReplied':
      return ['agent_replies']
    case 'CustomerReplied':
      return ['customer_replies']
    case 'TicketResolved':
      return ['resolved']
    case 'TicketReopened':
      return ['reopened']
    case 'TicketClosed':
      if (event.reason === 'no_reply') return ['closed', 'closed_unanswered']
      return event.reason === 'spam' ? ['closed', 'spam'] : ['closed']
    case 'ChaseSent':
    case 'CustomerChased':
      return ['chases']
    case 'StagnationDetected':
      return ['stagnations']
    default:
      return []
  }
}

/** A ticket's first response: its instant, and the milliseconds since the opening on the calendar of the objective. */
type FirstResponse = { readonly ticket_id: string; readonly at: Instant; readonly response: number }

/** The first responses in a batch, by the rules R1 and R3 of docs/reference/reports.md. */
function firstResponses(steps: readonly DailyStep[], timeline: TermsTimeline): readonly FirstResponse[] {
  return steps.flatMap(({ id, envelope: { event }, before }) => {
    if (!before || before.firstWaitOver || endOfWait(event) !== 'answered') return []
    return [{ ticket_id: id, at: event.at, response: firstResponseIn(before.openedAt, event.at, timeline) }]
  })
}
