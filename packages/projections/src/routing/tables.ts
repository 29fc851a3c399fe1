import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/** `agent` and `work_item` hold the folded states with what they are looked for by; the other two are sums. */
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
      day text collate "C" not null,
      availability text not null,
      ms bigint not null,
      primary key (agent_id, day, availability)
    )`.execute(tx)
  await sql`
    create table work_item (
      id text collate "C" primary key,
      version integer not null,
      open boolean not null,
      waiting boolean not null,
      urgency smallint not null,
      waiting_since timestamptz,
      item jsonb not null
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create table placement (minute timestamptz primary key, tickets integer not null)`.execute(tx)
}

export async function createRoutingIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on work_item (urgency desc, waiting_since, id) where waiting`.execute(tx)
  await sql`create index on work_item (id) where open`.execute(tx)
  await sql`analyze work_item`.execute(tx)
  await sql`analyze agent`.execute(tx)
}
