import type { TermsTimeline } from '@guichet/domain'
import { firstResponseTime, termsAt } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import { toInstant } from '../reading/ordering.ts'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { nextResponses } from './next-responses.ts'
import type { Ending, FoldedResponses, ResponseState } from './response-state.ts'
import { createResponseFolding } from './response-state.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * When each ticket was first answered and how it ended, and what became of each later message of a customer. A first response is counted
 * on the calendar that the objectives named for the instant at which it was given.
 * @param basis what times are counted by until a configuration has been applied: another one rebuilds them.
 */
export function responseTimesProjection(terms: TimelineKeeper, basis: string): Projection {
  const foldResponses = createResponseFolding()
  return forgetsWithdrawn(
    {
      name: 'response_times',
      version: 5,
      basis,
      tables: ['response_time', 'next_response', 'response_configuration'],
      createTables: async (tx) => {
        await createTables(tx)
        await terms.createTables(tx)
      },
      createIndexes,
      project: async (events, { tx }) => {
        for (const part of apart(events)) {
          const { timeline } = await terms.follow(tx, part)
          const folded = await foldResponses(part, (ids) => loadStates(tx, ids))
          await tickets.replace(tx, rowsOf(folded, timeline))
          await nextResponseTable.insert(tx, nextResponses(folded))
        }
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { response_time: 'ticket_id', next_response: 'ticket_id' }),
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table response_time (
      ticket_id text collate "C" primary key,
      version integer not null,
      opened_at timestamptz not null,
      first_response bigint,
      first_response_at timestamptz,
      first_answered boolean,
      replies integer not null,
      reopenings integer not null,
      resolution bigint,
      ending text,
      waiting_version integer,
      waiting_since timestamptz
    ) with (fillfactor = 80)`.execute(tx)
  await sql`
    create table next_response (
      ticket_id text collate "C" not null,
      version integer not null,
      asked_at timestamptz not null,
      response bigint not null,
      answered boolean not null
    )`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on response_time (opened_at)`.execute(tx)
  await sql`create index on response_time (waiting_since) where waiting_since is not null`.execute(tx)
  await sql`create index on next_response (asked_at)`.execute(tx)
  await sql`analyze response_time, next_response`.execute(tx)
}

type Row = {
  readonly ticket_id: string
  readonly version: number
  readonly opened_at: Date
  readonly first_response_at: Date | null
  readonly first_answered: boolean | null
  readonly replies: number
  readonly reopenings: number
  readonly resolution: string | null
  readonly ending: Ending | null
  readonly waiting_version: number | null
  readonly waiting_since: Date | null
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<ResponseState>[]> {
  const { rows } = await sql<Row>`
    select * from response_time where ticket_id = any(${[...ids]}::text[])`.execute(tx)
  return rows.map((row) => ({ id: row.ticket_id, version: row.version, state: toState(row) }))
}

const toState = ({ waiting_version: version, waiting_since: since, ...row }: Row): ResponseState => ({
  openedAt: toInstant(row.opened_at),
  firstResponse:
    row.first_response_at === null
      ? undefined
      : { at: toInstant(row.first_response_at), answered: row.first_answered === true },
  replies: row.replies,
  reopenings: row.reopenings,
  resolution: row.resolution === null ? undefined : Number(row.resolution),
  ending: row.ending ?? undefined,
  waiting: version === null || since === null ? undefined : { version, since: toInstant(since) },
})

const tickets = writtenTable(
  'response_time',
  'ticket_id text',
  `version integer, opened_at timestamptz, first_response bigint, first_response_at timestamptz, first_answered boolean, replies integer,
  reopenings integer, resolution bigint, ending text, waiting_version integer, waiting_since timestamptz`,
)

const nextResponseTable = writtenTable(
  'next_response',
  'ticket_id text, version integer',
  'asked_at timestamptz, response bigint, answered boolean',
)

const rowsOf = ({ ends }: FoldedResponses, timeline: TermsTimeline): readonly object[] =>
  ends.flatMap(({ id, version, state }) => (state ? [toRow(id, version, state, timeline)] : []))

/** The milliseconds from the opening to the first response, on the calendar of the objective that applied to it then. */
function firstResponseIn({ openedAt, firstResponse }: ResponseState, timeline: TermsTimeline): number | undefined {
  if (!firstResponse) return undefined
  const [from, to] = [Date.parse(openedAt), Date.parse(firstResponse.at)]
  return from >= to ? 0 : firstResponseTime(termsAt(timeline, firstResponse.at).policy).between(from, to)
}

const toRow = (ticket_id: string, version: number, state: ResponseState, timeline: TermsTimeline) => ({
  ticket_id,
  version,
  opened_at: state.openedAt,
  first_response: firstResponseIn(state, timeline),
  first_response_at: state.firstResponse?.at,
  first_answered: state.firstResponse?.answered,
  replies: state.replies,
  reopenings: state.reopenings,
  resolution: state.resolution,
  ending: state.ending,
  waiting_version: state.waiting?.version,
  waiting_since: state.waiting?.since,
})
