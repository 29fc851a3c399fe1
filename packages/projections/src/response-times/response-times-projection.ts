import type { TermsTimeline, TicketEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import type { Projection } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { nextResponses } from './next-responses.ts'
import type { ResponseState, ResponseStep } from './response-state.ts'
import { firstResponseIn } from './response-state.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * When each ticket was first answered and how it ended, and what became of each later message of a customer. A first response is counted
 * on the calendar that the objectives named for the instant at which it was given.
 * @param basis what times are counted by until a configuration has been applied: another one rebuilds them.
 */
export function responseTimesProjection(
  responses: StreamFolding<TicketEvent, ResponseState | undefined>,
  terms: TimelineKeeper,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'response_times',
      version: 6,
      basis,
      tables: ['response_time', 'next_response', 'response_configuration'],
      createTables: async (tx) => {
        await createTables(tx)
        await terms.createTables(tx)
      },
      createIndexes,
      project: async (events, context) => {
        const { tx } = context
        const steps = await responses.steps(events, context)
        for (const part of apart(events)) {
          const { timeline } = await terms.follow(tx, part)
          const own = within(part, steps)
          await tickets.replace(tx, changedRows(own, timeline))
          await nextResponseTable.insert(tx, nextResponses(own))
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

const tickets = writtenTable(
  'response_time',
  'ticket_id text',
  `opened_at timestamptz, first_response bigint, first_response_at timestamptz, first_answered boolean, replies integer,
  reopenings integer, resolution bigint, ending text, waiting_version integer, waiting_since timestamptz`,
)

const nextResponseTable = writtenTable(
  'next_response',
  'ticket_id text, version integer',
  'asked_at timestamptz, response bigint, answered boolean',
)

const changedRows = (steps: readonly ResponseStep[], timeline: TermsTimeline): readonly object[] =>
  movedBy(steps).flatMap(({ id, before, after }) => (after && after !== before ? [toRow(id, after, timeline)] : []))

const toRow = (ticket_id: string, state: ResponseState, timeline: TermsTimeline) => ({
  ticket_id,
  opened_at: state.openedAt,
  first_response: state.firstResponse && firstResponseIn(state.openedAt, state.firstResponse.at, timeline),
  first_response_at: state.firstResponse?.at,
  first_answered: state.firstResponse?.answered,
  replies: state.replies,
  reopenings: state.reopenings,
  resolution: state.resolution,
  ending: state.ending,
  waiting_version: state.waiting?.version,
  waiting_since: state.waiting?.since,
})
