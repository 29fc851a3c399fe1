import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { nextResponses, writeNextResponses } from './next-responses.ts'
import type { FoldedResponses, ResponseState } from './response-state.ts'
import { createResponseFolding } from './response-state.ts'

/** When each ticket was first answered and resolved, and when each later message of a customer was answered. */
export function responseTimesProjection(): Projection {
  const foldResponses = createResponseFolding()
  return {
    name: 'response_times',
    version: 3,
    tables: ['response_time', 'next_response'],
    createTables,
    createIndexes,
    project: async (events, { tx }) => {
      const folded = await foldResponses(events, (ids) => loadStates(tx, ids))
      await Promise.all([writeTickets(tx, folded), writeNextResponses(tx, nextResponses(folded))])
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table response_time (
      ticket_id text collate "C" primary key,
      version integer not null,
      opened_at timestamptz not null,
      first_response bigint,
      replies integer not null,
      reopenings integer not null,
      resolution bigint,
      unanswered_version integer,
      unanswered_at timestamptz,
      ended boolean not null
    ) with (fillfactor = 80)`.execute(tx)
  await sql`
    create table next_response (
      ticket_id text collate "C" not null,
      version integer not null,
      asked_at timestamptz not null,
      response bigint not null
    )`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on response_time (opened_at)`.execute(tx)
  await sql`create index on response_time (unanswered_at) where unanswered_at is not null`.execute(tx)
  await sql`create index on next_response (asked_at)`.execute(tx)
  await sql`analyze response_time, next_response`.execute(tx)
}

type Row = {
  readonly ticket_id: string
  readonly version: number
  readonly opened_at: Date
  readonly first_response: string | null
  readonly replies: number
  readonly reopenings: number
  readonly resolution: string | null
  readonly unanswered_version: number | null
  readonly unanswered_at: Date | null
  readonly ended: boolean
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<ResponseState>[]> {
  const { rows } = await sql<Row>`
    select * from response_time where ticket_id = any(${[...ids]}::text[])`.execute(tx)
  return rows.map((row) => ({ id: row.ticket_id, version: row.version, state: toState(row) }))
}

const toState = ({ unanswered_version: version, unanswered_at: at, ...row }: Row): ResponseState => ({
  openedAt: toInstant(row.opened_at),
  firstResponse: row.first_response === null ? undefined : Number(row.first_response),
  replies: row.replies,
  reopenings: row.reopenings,
  resolution: row.resolution === null ? undefined : Number(row.resolution),
  unanswered: version === null || at === null ? undefined : { version, at: toInstant(at) },
  ended: row.ended,
})

async function writeTickets(tx: Transaction<unknown>, { ends }: FoldedResponses): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) => (state ? [toRow(id, version, state)] : []))
  if (rows.length === 0) return
  await sql`
    insert into response_time (
      ticket_id, version, opened_at, first_response, replies, reopenings, resolution, unanswered_version, unanswered_at,
      ended
    )
    select ticket_id, version, opened_at, first_response, replies, reopenings, resolution, unanswered_version,
      unanswered_at, ended
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      ticket_id text, version integer, opened_at timestamptz, first_response bigint, replies integer,
      reopenings integer, resolution bigint, unanswered_version integer, unanswered_at timestamptz, ended boolean
    )
    on conflict (ticket_id) do update set
      version = excluded.version, opened_at = excluded.opened_at, first_response = excluded.first_response,
      replies = excluded.replies, reopenings = excluded.reopenings, resolution = excluded.resolution,
      unanswered_version = excluded.unanswered_version, unanswered_at = excluded.unanswered_at,
      ended = excluded.ended`.execute(tx)
}

const toRow = (ticket_id: string, version: number, state: ResponseState) => ({
  ticket_id,
  version,
  opened_at: state.openedAt,
  first_response: state.firstResponse,
  replies: state.replies,
  reopenings: state.reopenings,
  resolution: state.resolution,
  unanswered_version: state.unanswered?.version,
  unanswered_at: state.unanswered?.at,
  ended: state.ended,
})
