import type { TicketEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import { keptStates } from '../streams/kept-states.ts'
import type { FoldedBatch } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { Call, LevelState, Spell } from './level-state.ts'
import { evolveLevels } from './level-state.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

type Levels = FoldedBatch<TicketEvent, LevelState | undefined>

/** Every time that a ticket has spent at a support level, and every escalation with what became of it. */
export function escalationsProjection(): Projection {
  const fold = createStreamFolding<TicketEvent, LevelState | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: evolveLevels,
  })
  return forgetsWithdrawn(
    {
      name: 'escalations',
      version: 3,
      tables: ['ticket_level', 'level_spell', 'escalation'],
      createTables,
      createIndexes,
      project: async (events, { tx }) => {
        const batch = await fold(events, (ids) => keptStates<LevelState>(tx, 'ticket_level', ids))
        await Promise.all([
          levels.replace(
            tx,
            batch.ends.filter(({ state }) => state !== undefined),
          ),
          spells.replace(tx, spellRows(batch)),
          escalations.replace(tx, escalationRows(batch)),
        ])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { ticket_level: 'id', level_spell: 'ticket_id', escalation: 'ticket_id' }),
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table ticket_level (id text collate "C" primary key, version integer not null, state jsonb not null)
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
      call jsonb not null
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

const levels = writtenTable('ticket_level', 'id text', 'version integer, state jsonb')
const spells = writtenTable(
  'level_spell',
  'ticket_id text, number integer',
  'level smallint, began_at timestamptz, responded_at timestamptz, ended_at timestamptz, ending text',
)
const escalations = writtenTable(
  'escalation',
  'id text',
  'ticket_id text, level smallint, at timestamptz, waiting_since timestamptz, taken_at timestamptz, ended_at timestamptz, call jsonb',
)

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

const spellRows = (batch: Levels): readonly object[] =>
  lastOf<Spell>(batch, ({ ended, spell }) => [ended, spell]).map(
    ({ ticketId, number, level, beganAt, respondedAt, endedAt, ending }) => ({
      ticket_id: ticketId,
      number,
      level,
      began_at: beganAt,
      responded_at: respondedAt,
      ended_at: endedAt,
      ending,
    }),
  )

const escalationRows = (batch: Levels): readonly object[] =>
  lastOf<Call>(batch, ({ endedCall, call }) => [endedCall, call]).map(({ ticketId, ...call }) => ({
    id: `${ticketId}/${call.number}`,
    ticket_id: ticketId,
    level: call.level,
    at: call.at,
    waiting_since: call.waitingSince,
    taken_at: call.takenAt,
    ended_at: call.endedAt,
    call,
  }))
