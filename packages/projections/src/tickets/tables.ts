import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { ticketStatuses } from '@guichet/domain'

/**
 * `ticket` holds what lists filter and sort by beside what they show; `ticket_counter` a number per status. A ticket is
 * opened by an event that customers see, so that `public_updated_at` is never null; only an update may leave it out, and so
 * with `number`. `ticket_number` holds the last number that was given, `withdrawn_ticket` the numbers of tickets that were taken back
 * with their import: nobody else gets them, and the same ticket gets its own again.
 */
export async function createTicketTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket (
      id text collate "C" primary key,
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
      shown jsonb not null
    )`.execute(tx)
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

/** An index per sort order, alone and by status; by customer and by assignee, whose tickets are few enough to be sorted. */
export async function createTicketIndexes(tx: Transaction<unknown>): Promise<void> {
  const indexes = [
    sql`create unique index on ticket (number)`,
    sql`create index on ticket (opened_at, id)`,
    sql`create index on ticket (updated_at, id)`,
    sql`create index on ticket (urgency, id)`,
    sql`create index on ticket (status, opened_at, id)`,
    sql`create index on ticket (status, updated_at, id)`,
    sql`create index on ticket (customer_id, opened_at)`,
    sql`create index on ticket (assignee_id, updated_at)`,
    sql`create index on ticket (team, updated_at) where team is not null`,
    sql`create index on ticket (category, updated_at) where category is not null`,
    sql`create index on ticket using gin (tags) with (fastupdate = off)`,
  ]
  for (const index of indexes) await index.execute(tx)
  await sql`analyze ticket`.execute(tx)
}
