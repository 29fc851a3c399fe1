import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Instant, Ticket, TicketEvent, TicketState, TicketStatus } from '@guichet/domain'
import { isShownToCustomers, priorities, ticketStatuses } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'
import { writtenTable } from '../written-table.ts'
import { ticketFields } from './ticket-query.ts'

/**
 * The list of tickets, their numbers and their counters. Tickets are numbered in the order in which they were opened in
 * the history, so that a rebuild gives each ticket the same number.
 */
export function ticketsProjection(tickets: StreamFolding<TicketEvent, TicketState>): Projection {
  return forgetsWithdrawn(
    {
      name: 'tickets',
      version: 15,
      pace: 'prompt',
      tables: ['ticket', 'ticket_counter', 'ticket_number', 'withdrawn_ticket'],
      createTables: createTicketTables,
      createIndexes: (tx) => ticketTable.createIndexes(tx),
      project: async (events, context) => writeTickets(context.tx, await tickets.steps(events, context)),
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}

/** An event of a ticket, with the ticket before and after it. */
export type TicketStep = Step<TicketEvent, TicketState>

/** Writes the rows of a batch's tickets, numbers new ones and updates the counters, in one statement. */
async function writeTickets(tx: Transaction<unknown>, steps: readonly TicketStep[]): Promise<void> {
  const seen = lastSeen(steps)
  const rows = movedBy(steps).flatMap(({ id, version, after }) =>
    after.status === 'absent' ? [] : [toRow(id, version, after, seen.get(id))],
  )
  if (rows.length === 0) return
  const opened = steps.flatMap(({ id, before, after }) =>
    before.status === 'absent' && after.status !== 'absent' ? [id] : [],
  )
  const numbers = opened.length === 0 ? noNumbers : numbersOf(opened)
  await ticketTable.replace(tx, rows, {
    beginning: sql`
      with ${numbers.beginning} counted as (
        update ticket_counter c set tickets = c.tickets + d.change
        from json_to_recordset(${JSON.stringify(counterDeltas(steps))}::json) as d (status text, change integer)
        where c.status = d.status
      )`,
    values: { number: numbers.number },
    joined: numbers.joined,
    updates: {
      number: sql`ticket.number`,
      public_updated_at: sql`coalesce(excluded.public_updated_at, ticket.public_updated_at)`,
    },
  })
}

/** The inputs of the statement that numbers new tickets. */
type Numbers = Readonly<Record<'beginning' | 'number' | 'joined', RawBuilder<unknown>>>

const noNumbers: Numbers = { beginning: sql``, number: sql`null::integer`, joined: sql`` }

/** The next numbers for tickets, in order; tickets that were withdrawn with an import keep their former number. */
const numbersOf = (opened: readonly string[]): Numbers => ({
  beginning: sql`opened as (
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

/** Deletes the rows of tickets, subtracts them from the counters, and reserves their numbers. */
async function removeTickets(tx: Transaction<unknown>, ids: readonly string[]): Promise<void> {
  await sql`
    with gone as (
      delete from ticket where id = any(${[...ids]}::text[]) returning id, number, status
    ), kept as (
      insert into withdrawn_ticket (id, number) select id, number from gone on conflict do nothing
    )
    update ticket_counter c set tickets = c.tickets - d.tickets
    from (select status, count(*) as tickets from gone group by status) d where c.status = d.status`.execute(tx)
}

/** The instant of the last public event of each ticket of a batch; tickets without one are omitted. */
function lastSeen(steps: readonly TicketStep[]): ReadonlyMap<string, Instant> {
  return new Map(
    steps.filter(({ envelope }) => isShownToCustomers(envelope)).map(({ id, envelope }) => [id, envelope.event.at]),
  )
}

function toRow(id: string, version: number, state: Ticket, publicUpdatedAt: Instant | undefined) {
  const view = ticketFields(state)
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
    last_reply_at: view.lastReplyAt,
    last_customer_reply_at: view.lastCustomerReplyAt,
    last_agent_reply_at: view.lastAgentReplyAt,
    waiting_since: view.waitingSince,
    customer_waiting_since: view.customerWaitingSince,
    unread_since: view.unreadSince,
    idle_since: view.idleSince,
    resolved_at: view.resolvedAt,
    shown: view,
  }
}

/**
 * `ticket` holds the columns that lists filter and sort by, and those that they show; `ticket_counter` a number per
 * status. A ticket is opened by a public event, so `public_updated_at` is never null; only an update may omit it, and
 * likewise `number`. `ticket_number` holds the last assigned number, `withdrawn_ticket` the numbers of tickets that
 * were withdrawn with their import: no other ticket gets them, and the same ticket gets its own again.
 *
 * One index per sort order, alone and by status; by customer and by assignee, whose tickets are few enough to sort. What
 * only some tickets have is indexed for them alone; the last replies of one side have no index (decision 101).
 */
const ticketTable = writtenTable(
  'ticket',
  `id text collate "C" primary key,
  number integer,
  version integer not null,
  status text not null,
  urgency smallint not null,
  customer_id text not null,
  assignee_id text,
  team text,
  category text collate "C",
  plan text,
  level smallint not null,
  tags text[] not null,
  opened_at timestamptz not null,
  updated_at timestamptz not null,
  public_updated_at timestamptz,
  last_reply_at timestamptz not null,
  last_customer_reply_at timestamptz not null,
  last_agent_reply_at timestamptz,
  waiting_since timestamptz,
  customer_waiting_since timestamptz,
  unread_since timestamptz,
  idle_since timestamptz,
  resolved_at timestamptz,
  shown jsonb not null`,
  {
    indexes: [
      'unique index on ticket (number)',
      'index on ticket (opened_at, id)',
      'index on ticket (updated_at, id)',
      'index on ticket (urgency, id)',
      'index on ticket (status, opened_at, id)',
      'index on ticket (status, updated_at, id)',
      'index on ticket (last_reply_at, id)',
      'index on ticket (waiting_since, id) where waiting_since is not null',
      'index on ticket (customer_waiting_since, id) where customer_waiting_since is not null',
      'index on ticket (unread_since, id) where unread_since is not null',
      'index on ticket (idle_since, id) where idle_since is not null',
      'index on ticket (resolved_at, id) where resolved_at is not null',
      'index on ticket (customer_id, opened_at)',
      'index on ticket (assignee_id, updated_at)',
      'index on ticket (team, updated_at) where team is not null',
      'index on ticket (category, updated_at) where category is not null',
      'index on ticket using gin (tags) with (fastupdate = off)',
    ],
  },
)

async function createTicketTables(tx: Transaction<unknown>): Promise<void> {
  await ticketTable.create(tx)
  await sql`create table ticket_counter (status text primary key, tickets bigint not null) with (fillfactor = 50)`.execute(
    tx,
  )
  await sql`create table ticket_number (last integer not null) with (fillfactor = 50)`.execute(tx)
  await sql`insert into ticket_number (last) values (0)`.execute(tx)
  await sql`create table withdrawn_ticket (id text collate "C" primary key, number integer not null)`.execute(tx)
  await sql`
    insert into ticket_counter (status, tickets)
    select status, 0 from unnest(${[...ticketStatuses]}::text[]) status`.execute(tx)
}

/** By how much the number of tickets in a status changes. */
type CounterDelta = { readonly status: TicketStatus; readonly change: number }

/** The changes of a batch to the number of tickets in each status; unchanged statuses are omitted. */
export function counterDeltas(steps: readonly TicketStep[]): readonly CounterDelta[] {
  const changes = new Map<TicketStatus, number>()
  const count = (status: TicketStatus | 'absent', change: number): void => {
    if (status !== 'absent') changes.set(status, (changes.get(status) ?? 0) + change)
  }
  for (const { before, after } of steps) {
    if (before.status === after.status) continue
    count(before.status, -1)
    count(after.status, 1)
  }
  return [...changes].filter(([, change]) => change !== 0).map(([status, change]) => ({ status, change }))
}
