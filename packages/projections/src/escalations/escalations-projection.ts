import type { TicketEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { Call, LevelState, Spell } from './level-state.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

type LevelStep = Step<TicketEvent, LevelState | undefined>

/** Every time that a ticket has spent at a support level, and every escalation with what became of it. */
export function escalationsProjection(levels: StreamFolding<TicketEvent, LevelState | undefined>): Projection {
  return forgetsWithdrawn(
    {
      name: 'escalations',
      version: 4,
      tables: ['level_spell', 'escalation'],
      createTables,
      createIndexes,
      project: async (events, context) => {
        const steps = await levels.steps(events, context)
        await Promise.all([
          spells.replace(context.tx, spellRows(steps)),
          escalations.replace(context.tx, escalationRows(steps)),
        ])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { level_spell: 'ticket_id', escalation: 'ticket_id' }),
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
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

/** What the steps of a batch have changed, each once, as the last of them left it. */
function lastOf<T extends { readonly number: number }>(
  steps: readonly LevelStep[],
  touched: (state: LevelState) => readonly (T | undefined)[],
): readonly (T & { readonly ticketId: string })[] {
  const found = new Map<string, T & { readonly ticketId: string }>()
  for (const { id, before, after } of steps) {
    if (after === undefined || after === before) continue
    const written = before === undefined ? [] : touched(before)
    for (const one of touched(after))
      if (one && !written.includes(one)) found.set(`${id}/${one.number}`, { ...one, ticketId: id })
  }
  return [...found.values()]
}

const spellRows = (steps: readonly LevelStep[]): readonly object[] =>
  lastOf<Spell>(steps, ({ ended, spell }) => [ended, spell]).map(
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

const escalationRows = (steps: readonly LevelStep[]): readonly object[] =>
  lastOf<Call>(steps, ({ endedCall, call }) => [endedCall, call]).map(({ ticketId, ...call }) => ({
    id: `${ticketId}/${call.number}`,
    ticket_id: ticketId,
    level: call.level,
    at: call.at,
    waiting_since: call.waitingSince,
    taken_at: call.takenAt,
    ended_at: call.endedAt,
    call,
  }))
