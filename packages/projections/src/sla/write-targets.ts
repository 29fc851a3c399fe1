import { isDeepStrictEqual } from 'node:util'
import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Position, TermsTimeline, TicketEvent } from '@guichet/domain'
import { toInstant } from '../reading/slice.ts'
import type { ProjectionContext } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import type { WrittenTable } from '../written-table.ts'
import { writtenTable } from '../written-table.ts'
import type { SlaClocks } from './fold.ts'
import { assigneeOf, centresOf } from './fold.ts'
import type { DerivedColumns, TargetRow } from './target-row.ts'
import { derivedColumns, termsColumns } from './target-row.ts'
import { runningTargets } from './targets.ts'

type TargetRecord = TargetRow & DerivedColumns

/**
 * Writes every running and ended target of these tickets, and updates the counters. A target that ran before and is in
 * neither list has lost its promise to a configuration, and its row is deleted.
 */
export async function writeTargets(
  tx: Transaction<unknown>,
  ticketIds: readonly string[],
  running: readonly TargetRow[],
  ended: readonly TargetRow[],
): Promise<void> {
  if (ticketIds.length === 0) return
  const storedRows = await readStored(
    tx,
    ticketIds,
    [...ended, ...running].map(({ id }) => id),
  )
  const rows = new Map(
    [...ended, ...running].map((row): [string, TargetRecord] => [row.id, { ...row, ...derivedColumns(row) }]),
  )
  const changed = [...rows.values()].filter((row) => !isSame(storedRows.get(row.id), row))
  const removed = [...storedRows.values()].filter(({ id, running: ran }) => ran && !rows.has(id))
  if (changed.length === 0 && removed.length === 0) return
  const before = [...changed.flatMap(({ id }) => storedRows.get(id) ?? []), ...removed]
  if (removed.length > 0)
    await sql`delete from sla_target
      where ticket_id = any(${removed.map(({ ticket_id }) => ticket_id)}::text[])
        and id = any(${removed.map(({ id }) => id)}::text[])`.execute(tx)
  await targetTable.replace(tx, changed)
  await countTargets(tx, before, changed)
}

/** Deletes every target of tickets, and subtracts them from the counters. */
export async function removeTargets(tx: Transaction<unknown>, ticketIds: readonly string[]): Promise<void> {
  const { rows } = await sql<Record<keyof TargetRecord, unknown>>`
    delete from sla_target where ticket_id = any(${[...ticketIds]}::text[]) returning ${list}`.execute(tx)
  await countTargets(tx, rows.map(fromDatabase), [])
}

/** What the dashboard tells apart beside the target. */
const dimensions = `policy text not null,
  category text,
  priority text not null,
  plan text,
  team text,
  level smallint not null,
  centre text`

/**
 * A row per target and cycle, with searched values in columns and its explanation in `record`.
 *
 * One index for each order and for each query that a dashboard makes besides its counters. A target is in as few
 * indexes as possible: every index that contains a deadline has to be written when the deadline moves.
 */
export const targetTable: WrittenTable = writtenTable(
  'sla_target',
  `ticket_id text collate "C" not null,
  id text collate "C" not null,
  target text not null,
  state text not null,
  running boolean not null,
  held boolean not null,
  due_at timestamptz not null,
  ${dimensions},
  assignee_id text,
  terms uuid not null,
  breaches_at timestamptz,
  outcome text,
  outcome_at timestamptz,
  ended_at timestamptz,
  record jsonb not null,
  primary key (ticket_id, id)`,
  {
    fillfactor: 80,
    indexes: [
      'index on sla_target (due_at, id) where running',
      "index sla_target_achieved on sla_target (due_at, id) where not running and state = 'ACHIEVED'",
      "index sla_target_missed on sla_target (due_at, id) where not running and state = 'BREACHED'",
      "index sla_target_cancelled on sla_target (due_at, id) where not running and state = 'CANCELLED'",
      'index on sla_target (terms, state, due_at, id) where not running',
      'index on sla_target (assignee_id, state, due_at, id) where not running and assignee_id is not null',
      'index on sla_target (team, due_at, id) where running and team is not null',
      'index on sla_target (breaches_at) include (terms, state) where breaches_at is not null',
      'index on sla_target (ticket_id, ended_at, id)',
      'index on sla_target (outcome_at) include (terms, outcome) where outcome_at is not null',
    ],
  },
)

const names = targetTable.columns as readonly (keyof TargetRecord)[]
const list = sql.raw(names.join(', '))

/** The rows of targets that ran before, and of others by their ids. */
async function readStored(
  tx: Transaction<unknown>,
  ticketIds: readonly string[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, TargetRecord>> {
  const { rows } = await sql<Record<keyof TargetRecord, unknown>>`
    select ${list} from sla_target where ticket_id = any(${[...ticketIds]}::text[]) and ended_at is null
    union all
    select ${list} from sla_target where ticket_id = any(${[...ticketIds]}::text[]) and ended_at is not null
      and id = any(${[...ids]}::text[])`.execute(tx)
  return new Map(rows.map((row): [string, TargetRecord] => [String(row.id), fromDatabase(row)]))
}

/** A stored row, with instants in the format in which they were written. */
function fromDatabase(row: Record<keyof TargetRecord, unknown>): TargetRecord {
  const read = names.flatMap((name) => {
    const value = row[name]
    return value === null ? [] : [[name, value instanceof Date ? toInstant(value) : value]]
  })
  return Object.fromEntries(read) as TargetRecord
}

function isSame(storedRow: TargetRecord | undefined, row: TargetRecord): boolean {
  if (!storedRow || names.some((name) => name !== 'record' && storedRow[name] !== row[name])) return false
  return isDeepStrictEqual(storedRow.record, JSON.parse(JSON.stringify(row.record)))
}

/** How many tickets are recomputed together. */
const portion = 200

/** The position at which targets move, and the means to read the tickets as of it. */
type MovedAt = {
  readonly clocks: StreamFolding<TicketEvent, SlaClocks>
  readonly position: Position
  readonly context: ProjectionContext
  /** Which of some imports have ended. */
  endedOf(imports: readonly string[]): Promise<ReadonlySet<string>>
}

/** Recomputes every running target under changed terms, in portions of tickets, so that memory stays flat. */
export const moveTargets = (timeline: TermsTimeline, at: MovedAt): Promise<void> => move(timeline, at, sql`true`)

/** Recomputes the running targets of the tickets of agents whose centre has changed. */
export const moveTargetsOf = (timeline: TermsTimeline, agents: readonly string[], at: MovedAt): Promise<void> =>
  move(
    timeline,
    at,
    sql`id in (select ticket_id from sla_target where running and assignee_id = any(${[...agents]}::text[]))`,
  )

async function move(
  timeline: TermsTimeline,
  { clocks, position, context, endedOf }: MovedAt,
  tickets: RawBuilder<unknown>,
): Promise<void> {
  const { tx } = context
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string }>`
      select id from sla_ticket
      where id > ${after} and running and ${tickets} order by id limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    const ids = rows.map(({ id }) => id)
    const states = await clocks.statesAt(ids, position, context)
    const centres = await centresOf(tx, [...states.values()].map(assigneeOf))
    const ended = await endedOf([...states.values()].flatMap(({ importedBy }) => importedBy ?? []))
    const running = [...states].flatMap(([id, state]) =>
      runningTargets(id, state, timeline, centres, isHeld(state, ended)),
    )
    // The rows of a ticket whose history is lost stay as they are.
    await writeTargets(tx, [...states.keys()], running, [])
  }
}

/** Whether an import holds a ticket: its last event came in with it, and the import has not ended. */
export const isHeld = ({ importedBy }: SlaClocks, ended: ReadonlySet<string>): boolean =>
  importedBy !== undefined && !ended.has(importedBy)

/** Releases the targets that waited for imports that have ended now. */
export const releaseTargets = (tx: Transaction<unknown>, imports: readonly string[]): Promise<void> =>
  turn(tx, false, imports)

/** Holds the targets of tickets whose last event came from imports that are resumed now, until these end. */
export const holdTargets = (tx: Transaction<unknown>, imports: readonly string[]): Promise<void> =>
  turn(tx, true, imports)

/** Updates the running targets of tickets and the counters in one statement, however many tickets were imported. */
async function turn(tx: Transaction<unknown>, isOnHold: boolean, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  const change = isOnHold ? sql`-count(*)` : sql`count(*)`
  const { rows } = await sql<{ terms: string }>`
    with targets as (
      update sla_target t set
        held = ${isOnHold},
        breaches_at = case when not ${isOnHold} and state in ('PENDING', 'IMMINENT_BREACH') then due_at end,
        outcome = case when not ${isOnHold} and state = 'BREACHED' then 'missed' end,
        outcome_at = case when not ${isOnHold} and state = 'BREACHED' then (record->>'breachedAt')::timestamptz end
      from sla_ticket s
      where s.imported_by = any(${[...imports]}::text[]) and t.ticket_id = s.id and t.running and t.held <> ${isOnHold}
      returning t.terms, t.state, (t.record->>'breachedAt')::timestamptz as missed_at
    ), missed as (
      insert into sla_outcome (span, day, terms, met, missed, cancelled)
      select span, date_trunc(span, missed_at at time zone 'utc')::date, terms, 0, ${change}, 0
      from targets cross join unnest(array['day', 'month']) span where state = 'BREACHED' group by 1, 2, 3
      on conflict (span, day, terms) do update set missed = sla_outcome.missed + excluded.missed
    )
    insert into sla_open (terms, pending, imminent, breached, paused)
    select terms, ${change} filter (where state = 'PENDING'), ${change} filter (where state = 'IMMINENT_BREACH'),
      ${change} filter (where state = 'BREACHED'), ${change} filter (where state = 'PAUSED')
    from targets group by terms
    on conflict (terms) do update set
      pending = sla_open.pending + excluded.pending, imminent = sla_open.imminent + excluded.imminent,
      breached = sla_open.breached + excluded.breached, paused = sla_open.paused + excluded.paused
    returning terms`.execute(tx)
  const terms = rows.map((row) => row.terms)
  await dropEmptyOpen(tx, terms)
  if (isOnHold) await dropEmptyOutcomes(tx, terms)
}

type CountedTarget = TargetRow & DerivedColumns

/** Updates the counters by the difference between the old and the new rows of a batch, each counter once. */
async function countTargets(
  tx: Transaction<unknown>,
  before: readonly CountedTarget[],
  after: readonly CountedTarget[],
): Promise<void> {
  const terms = new Map<string, { readonly row: CountedTarget; targets: number }>()
  const open = new Map<string, Record<OpenCounter, number>>()
  const outcomes = new Map<string, OutcomePlace & Record<EndedOutcome, number>>()
  const count = (row: CountedTarget, change: number): void => {
    const entry = terms.get(row.terms) ?? { row, targets: 0 }
    terms.set(row.terms, { ...entry, targets: entry.targets + change })
    const counter = row.running && !row.held ? openCounters[row.state] : undefined
    if (counter) {
      const counters = open.get(row.terms) ?? { pending: 0, imminent: 0, breached: 0, paused: 0 }
      open.set(row.terms, { ...counters, [counter]: counters[counter] + change })
    }
    if (row.outcome && row.outcome_at) {
      for (const { span, day } of spansOf(row.outcome_at)) {
        const key = `${span} ${day} ${row.terms}`
        const counters = outcomes.get(key) ?? { span, day, terms: row.terms, met: 0, missed: 0, cancelled: 0 }
        outcomes.set(key, { ...counters, [row.outcome]: counters[row.outcome] + change })
      }
    }
  }
  for (const row of before) count(row, -1)
  for (const row of after) count(row, 1)
  await countTerms(
    tx,
    [...terms].flatMap(([id, { row, targets }]) => (targets === 0 ? [] : [{ ...termsOf(row), id, targets }])),
  )
  await countOpen(tx, [...open].map(([id, counters]) => ({ terms: id, ...counters })).filter(moved))
  await countOutcomes(tx, [...outcomes.values()].filter(moved))
}

type OutcomePlace = { readonly span: 'day' | 'month'; readonly day: string; readonly terms: string }

const spansOf = (at: string): readonly Pick<OutcomePlace, 'span' | 'day'>[] => [
  { span: 'day', day: at.slice(0, 10) },
  { span: 'month', day: `${at.slice(0, 7)}-01` },
]

const openCounters = {
  PENDING: 'pending',
  IMMINENT_BREACH: 'imminent',
  BREACHED: 'breached',
  PAUSED: 'paused',
  ACHIEVED: undefined,
  CANCELLED: undefined,
} as const satisfies Record<TargetRow['state'], string | undefined>

type OpenCounter = NonNullable<(typeof openCounters)[TargetRow['state']]>
type EndedOutcome = NonNullable<DerivedColumns['outcome']>

const termsOf = (row: CountedTarget) => Object.fromEntries(termsColumns.map((column) => [column, row[column]]))

const moved = (counters: object): boolean =>
  Object.values(counters).some((value) => typeof value === 'number' && value !== 0)

/** How many targets there are of each combination of the dimensions of the dashboard. */
export const termsTable: WrittenTable = writtenTable(
  'sla_terms',
  `id uuid primary key,
  target text not null,
  ${dimensions},
  targets bigint not null`,
  { fillfactor: 50 },
)

async function countTerms(tx: Transaction<unknown>, changes: readonly { readonly id: string }[]): Promise<void> {
  if (changes.length === 0) return
  await termsTable.replace(tx, changes, { updates: { targets: sql`sla_terms.targets + excluded.targets` } })
  await sql`
    delete from sla_terms where id = any(${changes.map(({ id }) => id)}::uuid[]) and targets = 0`.execute(tx)
}

/** How many targets of each terms are open, by state. */
export const openTable: WrittenTable = writtenTable(
  'sla_open',
  `terms uuid primary key,
  pending integer not null,
  imminent integer not null,
  breached integer not null,
  paused integer not null`,
  { fillfactor: 50 },
)

async function countOpen(tx: Transaction<unknown>, changes: readonly { readonly terms: string }[]): Promise<void> {
  if (changes.length === 0) return
  await openTable.add(tx, changes)
  await dropEmptyOpen(
    tx,
    changes.map(({ terms }) => terms),
  )
}

/** Deletes the counters of open targets that are 0. */
async function dropEmptyOpen(tx: Transaction<unknown>, terms: readonly string[]): Promise<void> {
  await sql`
    delete from sla_open where terms = any(${[...terms]}::uuid[])
      and pending = 0 and imminent = 0 and breached = 0 and paused = 0`.execute(tx)
}

/** How the targets of each day and of each month (UTC, by its first day) ended. */
export const outcomeTable: WrittenTable = writtenTable(
  'sla_outcome',
  `span text,
  day date,
  terms uuid,
  met integer not null,
  missed integer not null,
  cancelled integer not null,
  primary key (span, day, terms)`,
  { fillfactor: 70 },
)

async function countOutcomes(tx: Transaction<unknown>, changes: readonly OutcomePlace[]): Promise<void> {
  if (changes.length === 0) return
  await outcomeTable.add(tx, changes)
  await sql`
    delete from sla_outcome o
    using json_to_recordset(${JSON.stringify(changes)}::json) as r (span text, day date, terms uuid)
    where o.span = r.span and o.day = r.day and o.terms = r.terms and met = 0 and missed = 0 and cancelled = 0`.execute(
    tx,
  )
}

/** Deletes the counters of days and months that are 0. */
async function dropEmptyOutcomes(tx: Transaction<unknown>, terms: readonly string[]): Promise<void> {
  await sql`
    delete from sla_outcome where terms = any(${[...terms]}::uuid[])
      and met = 0 and missed = 0 and cancelled = 0`.execute(tx)
}
