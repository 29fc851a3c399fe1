import type { TicketEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { FoldedBatch, KeptState } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import type { Call, LevelState, Spell } from './level-state.ts'
import { evolveLevels } from './level-state.ts'

type Levels = FoldedBatch<TicketEvent, LevelState | undefined>

/** Every time that a ticket has spent at a support level, and every escalation with what became of it. */
export function escalationsProjection(): Projection {
  const fold = createStreamFolding<TicketEvent, LevelState | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: evolveLevels,
  })
  return {
    name: 'escalations',
    version: 2,
    tables: ['ticket_level', 'level_spell', 'escalation'],
    createTables,
    createIndexes,
    project: async (events, { tx }) => {
      const batch = await fold(events, (ids) => loadLevels(tx, ids))
      await Promise.all([writeLevels(tx, batch), writeSpells(tx, batch), writeEscalations(tx, batch)])
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket_level (id text collate "C" primary key, version integer not null, state json not null)
    with (fillfactor = 70)`.execute(tx)
  await sql`
    create table level_spell (
      ticket_id text collate "C" not null,
      number integer not null,
      level smallint not null,
      began_at timestamptz not null,
      responded_at timestamptz,
      ended_at timestamptz,
      ending text,
      primary key (ticket_id, number)
    ) with (fillfactor = 70)`.execute(tx)
  await sql`
    create table escalation (
      id text collate "C" primary key,
      ticket_id text collate "C" not null,
      level smallint not null,
      at timestamptz not null,
      waiting_since timestamptz not null,
      taken_at timestamptz,
      ended_at timestamptz,
      call json not null
    ) with (fillfactor = 70)`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on level_spell (began_at)`.execute(tx)
  await sql`create index on escalation (at, id)`.execute(tx)
  await sql`create index escalation_open on escalation (at, id) where ended_at is null`.execute(tx)
  await sql`create index on escalation (level, taken_at) where taken_at is not null`.execute(tx)
  await sql`analyze level_spell`.execute(tx)
  await sql`analyze escalation`.execute(tx)
}

async function loadLevels(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<LevelState>[]> {
  const { rows } = await sql<KeptState<LevelState>>`
    select id, version, state from ticket_level where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

async function writeLevels(tx: Transaction<unknown>, { ends }: Levels): Promise<void> {
  const rows = ends.filter(({ state }) => state !== undefined)
  if (rows.length === 0) return
  await sql`
    insert into ticket_level (id, version, state)
    select id, version, state from json_to_recordset(${JSON.stringify(rows)}::json) as r (id text, version integer, state json)
    on conflict (id) do update set version = excluded.version, state = excluded.state`.execute(tx)
}

/** What the steps of a batch have left, each once, as the last of them left it. */
function lastOf<T extends { readonly number: number }>(
  { steps }: Levels,
  touched: (state: LevelState) => readonly (T | undefined)[],
): readonly (T & { readonly ticketId: string })[] {
  const found = new Map<string, T & { readonly ticketId: string }>()
  for (const { id, before, after } of steps) {
    if (after === undefined || after === before) continue
    for (const one of touched(after)) if (one) found.set(`${id}/${one.number}`, { ...one, ticketId: id })
  }
  return [...found.values()]
}

async function writeSpells(tx: Transaction<unknown>, batch: Levels): Promise<void> {
  const rows = lastOf<Spell>(batch, ({ ended, spell }) => [ended, spell])
  if (rows.length === 0) return
  await sql`
    insert into level_spell (ticket_id, number, level, began_at, responded_at, ended_at, ending)
    select "ticketId", number, level, "beganAt", "respondedAt", "endedAt", ending
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      "ticketId" text, number integer, level smallint, "beganAt" timestamptz, "respondedAt" timestamptz,
      "endedAt" timestamptz, ending text)
    on conflict (ticket_id, number) do update set
      responded_at = excluded.responded_at, ended_at = excluded.ended_at, ending = excluded.ending`.execute(tx)
}

async function writeEscalations(tx: Transaction<unknown>, batch: Levels): Promise<void> {
  const calls = lastOf<Call>(batch, ({ endedCall, call }) => [endedCall, call])
  if (calls.length === 0) return
  const rows = calls.map(({ ticketId, ...call }) => ({ id: `${ticketId}/${call.number}`, ticketId, ...call, call }))
  await sql`
    insert into escalation (id, ticket_id, level, at, waiting_since, taken_at, ended_at, call)
    select id, "ticketId", level, at, "waitingSince", "takenAt", "endedAt", call
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, "ticketId" text, level smallint, at timestamptz, "waitingSince" timestamptz,
      "takenAt" timestamptz, "endedAt" timestamptz, call json)
    on conflict (id) do update set
      waiting_since = excluded.waiting_since, taken_at = excluded.taken_at, ended_at = excluded.ended_at, call = excluded.call`.execute(
    tx,
  )
}
