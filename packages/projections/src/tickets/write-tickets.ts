import type { Instant, Ticket, TicketEvent, TicketState } from '@guichet/domain'
import { priorities } from '@guichet/domain'
import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import { isShownToCustomers } from '../visibility/shown-to-customers.ts'
import { counterDeltas } from './counters.ts'
import type { Step } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { shownTicket } from './ticket-row.ts'

export type TicketStep = Step<TicketEvent, TicketState>

/** Writes the rows of a batch's tickets, numbers those that were opened and moves the counters, in one statement. */
export async function writeTickets(tx: Transaction<unknown>, steps: readonly TicketStep[]): Promise<void> {
  const seen = lastSeen(steps)
  const rows = movedBy(steps).flatMap(({ id, version, after }) =>
    after.status === 'absent' ? [] : [toRow(id, version, after, seen.get(id))],
  )
  if (rows.length === 0) return
  const opened = steps.flatMap(({ id, before, after }) =>
    before.status === 'absent' && after.status !== 'absent' ? [id] : [],
  )
  const numbers = opened.length === 0 ? noNumbers : numbersOf(opened)
  await sql`
    with ${numbers.given} counted as (
      update ticket_counter c set tickets = c.tickets + d.change
      from json_to_recordset(${JSON.stringify(counterDeltas(steps))}::json) as d (status text, change integer)
      where c.status = d.status
    )
    insert into ticket
      (id, number, version, status, urgency, customer_id, assignee_id, team, category, plan, level, tags, opened_at, updated_at,
      public_updated_at, shown)
    select id, ${numbers.number}, version, status, urgency, customer_id, assignee_id, team, category, plan, level, tags, opened_at, updated_at,
      public_updated_at, shown
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, status text, urgency smallint, customer_id text, assignee_id text, team text,
      category text, plan text, level smallint, tags text[], opened_at timestamptz, updated_at timestamptz, public_updated_at timestamptz,
      shown jsonb
    ) ${numbers.joined}
    on conflict (id) do update set
      version = excluded.version, status = excluded.status, urgency = excluded.urgency,
      customer_id = excluded.customer_id, assignee_id = excluded.assignee_id, team = excluded.team,
      category = excluded.category, plan = excluded.plan, level = excluded.level, tags = excluded.tags, opened_at = excluded.opened_at,
      updated_at = excluded.updated_at,
      public_updated_at = coalesce(excluded.public_updated_at, ticket.public_updated_at), shown = excluded.shown`.execute(
    tx,
  )
}

/** What the statement takes to number tickets that were opened. */
type Numbers = Readonly<Record<'given' | 'number' | 'joined', RawBuilder<unknown>>>

const noNumbers: Numbers = { given: sql``, number: sql`null::integer`, joined: sql`` }

/** The next numbers for tickets, in their order; those that came and went with an import have theirs already. */
const numbersOf = (opened: readonly string[]): Numbers => ({
  given: sql`opened as (
      select o.id, o.place, w.number as kept
      from unnest(${[...opened]}::text[]) with ordinality as o (id, place) left join withdrawn_ticket w on w.id = o.id
    ), given as (
      update ticket_number n set last = n.last + o.fresh
      from (select count(*) as fresh from opened where kept is null) o where o.fresh > 0
      returning n.last - o.fresh as before
    ), numbered as (
      select id, coalesce(kept, (select before from given) + count(*) filter (where kept is null) over (order by place))
        as number
      from opened
    ),`,
  number: sql`n.number`,
  joined: sql`left join numbered n using (id)`,
})

/** Deletes the rows of tickets, takes them from the counters, and keeps their numbers. */
export async function removeTickets(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  await sql`
    with gone as (
      delete from ticket where id = any(${[...ids]}::text[]) returning id, number, status
    ), kept as (
      insert into withdrawn_ticket (id, number) select id, number from gone on conflict do nothing
    )
    update ticket_counter c set tickets = c.tickets - d.tickets
    from (select status, count(*) as tickets from gone group by status) d where c.status = d.status`.execute(tx)
}

/** When the last event that customers see happened on each ticket of a batch; tickets without one are left out. */
function lastSeen(steps: readonly TicketStep[]): ReadonlyMap<string, Instant> {
  return new Map(
    steps.filter(({ envelope }) => isShownToCustomers(envelope)).map(({ id, envelope }) => [id, envelope.event.at]),
  )
}

function toRow(id: string, version: number, state: Ticket, publicUpdatedAt: Instant | undefined) {
  return {
    id,
    version,
    status: state.status,
    urgency: priorities.indexOf(state.priority),
    customer_id: state.customer.id,
    assignee_id: state.assignee?.id,
    team: state.team,
    category: state.category,
    plan: state.plan,
    level: state.level,
    tags: state.tags,
    opened_at: state.openedAt,
    updated_at: state.updatedAt,
    public_updated_at: publicUpdatedAt,
    shown: shownTicket(state),
  }
}
