import type { Ticket, TicketState } from '@guichet/domain'
import { priorities } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { KeptState } from '../streams/stream-folding.ts'
import type { CounterDelta } from './counters.ts'

/** Writes the rows of a batch's tickets and moves the counters, in one statement. */
export async function writeTickets(
  tx: Transaction<unknown>,
  ends: readonly KeptState<TicketState>[],
  deltas: readonly CounterDelta[],
): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) => (state.status === 'absent' ? [] : [toRow(id, version, state)]))
  if (rows.length === 0) return
  await sql`
    with counted as (
      update ticket_counter c set tickets = c.tickets + d.change
      from json_to_recordset(${JSON.stringify(deltas)}::json) as d (status text, change integer)
      where c.status = d.status
    )
    insert into ticket
      (id, version, status, urgency, customer_id, assignee_id, team, category, tags, opened_at, updated_at, state)
    select id, version, status, urgency, customer_id, assignee_id, team, category, tags, opened_at, updated_at, state
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, status text, urgency smallint, customer_id text, assignee_id text, team text,
      category text, tags text[], opened_at timestamptz, updated_at timestamptz, state json
    )
    on conflict (id) do update set
      version = excluded.version, status = excluded.status, urgency = excluded.urgency,
      customer_id = excluded.customer_id, assignee_id = excluded.assignee_id, team = excluded.team,
      category = excluded.category, tags = excluded.tags, opened_at = excluded.opened_at,
      updated_at = excluded.updated_at, state = excluded.state`.execute(tx)
}

function toRow(id: string, version: number, state: Ticket) {
  return {
    id,
    version,
    status: state.status,
    urgency: priorities.indexOf(state.priority),
    customer_id: state.customer.id,
    assignee_id: state.assignee?.id,
    team: state.team,
    category: state.category,
    tags: state.tags,
    opened_at: state.openedAt,
    updated_at: state.updatedAt,
    state,
  }
}
