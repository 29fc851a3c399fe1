import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/** `agent` and, of the tickets that are open, `work_item` hold the folded states with what they are looked for by, `agent_time` the times that are over, `placement` sums by the minute and the level asked for. */
export async function createRoutingTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table agent (
      id text collate "C" primary key,
      version integer not null,
      status text not null,
      tickets integer not null,
      state jsonb not null
    ) with (fillfactor = 70)`.execute(tx)
  await sql`
    create table agent_time (
      agent_id text collate "C" not null,
      availability text collate "C" not null,
      began_at timestamptz not null,
      ended_at timestamptz not null
    )`.execute(tx)
  await sql`
    create table work_item (
      id text collate "C" primary key,
      version integer not null,
      waiting boolean not null,
      imported_by text,
      held boolean not null,
      urgency smallint not null,
      level smallint not null,
      waiting_since timestamptz,
      item jsonb not null
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create table routing_ended_import (id text collate "C" primary key)`.execute(tx)
  await sql`
    create table placement (
      minute timestamptz not null,
      level smallint not null,
      tickets integer not null,
      primary key (minute, level)
    )`.execute(tx)
}

/** Indexes the tables once they are filled, and lets Postgres learn how they are filled. */
export async function createRoutingIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on work_item (urgency desc, waiting_since, id) where waiting`.execute(tx)
  await sql`create index on work_item (imported_by) where imported_by is not null`.execute(tx)
  await sql`create index on agent_time (agent_id, ended_at, began_at)`.execute(tx)
  await sql`analyze work_item`.execute(tx)
  await sql`analyze agent, agent_time`.execute(tx)
}
