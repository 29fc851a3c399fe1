import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { isDeepStrictEqual } from 'node:util'
import { toInstant } from '../reading/ordering.ts'
import { countTargets } from './count-targets.ts'
import type { DerivedColumns, TargetRow } from './target-row.ts'
import { derivedColumns } from './target-row.ts'

type Written = TargetRow & DerivedColumns

/**
 * Writes what has become of the targets of tickets, and moves the counters: every target of theirs that runs, and those that
 * ended. One that ran before and is in neither has lost its promise to a configuration, and its row.
 */
export async function writeTargets(
  tx: Transaction<unknown>,
  ticketIds: readonly string[],
  running: readonly TargetRow[],
  ended: readonly TargetRow[],
): Promise<void> {
  if (ticketIds.length === 0) return
  const known = await readKnown(
    tx,
    ticketIds,
    [...ended, ...running].map(({ id }) => id),
  )
  const rows = new Map(
    [...ended, ...running].map((row): [string, Written] => [row.id, { ...row, ...derivedColumns(row) }]),
  )
  const changed = [...rows.values()].filter((row) => !isSame(known.get(row.id), row))
  const gone = [...known.values()].filter(({ id, running: ran }) => ran && !rows.has(id))
  if (changed.length === 0 && gone.length === 0) return
  const before = [...changed.flatMap(({ id }) => known.get(id) ?? []), ...gone]
  if (gone.length > 0)
    await sql`delete from sla_target
      where ticket_id = any(${gone.map(({ ticket_id }) => ticket_id)}::text[])
        and id = any(${gone.map(({ id }) => id)}::text[])`.execute(tx)
  await write(tx, changed)
  await countTargets(tx, before, changed)
}

/** Deletes every target of tickets, and takes them from the counters. */
export async function removeTargets(tx: Transaction<unknown>, ticketIds: readonly string[]): Promise<void> {
  const { rows } = await sql<Record<keyof Written, unknown>>`
    delete from sla_target where ticket_id = any(${[...ticketIds]}::text[]) returning ${list}`.execute(tx)
  await countTargets(tx, rows.map(fromDatabase), [])
}

const columns = {
  ticket_id: 'text',
  id: 'text',
  target: 'text',
  state: 'text',
  running: 'boolean',
  held: 'boolean',
  due_at: 'timestamptz',
  policy: 'text',
  category: 'text',
  priority: 'text',
  plan: 'text',
  team: 'text',
  level: 'smallint',
  centre: 'text',
  assignee_id: 'text',
  terms: 'uuid',
  breaches_at: 'timestamptz',
  outcome: 'text',
  outcome_at: 'timestamptz',
  ended_at: 'timestamptz',
  record: 'jsonb',
} as const satisfies Record<keyof Written, string>

const names = Object.keys(columns) as (keyof Written)[]
const list = sql.raw(names.join(', '))
const typed = sql.raw(
  Object.entries(columns)
    .map((column) => column.join(' '))
    .join(', '),
)
const updates = sql.raw(
  names
    .filter((name) => name !== 'id' && name !== 'ticket_id')
    .map((name) => `${name} = excluded.${name}`)
    .join(', '),
)

async function write(tx: Transaction<unknown>, rows: readonly Written[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into sla_target (${list})
    select ${list} from json_to_recordset(${JSON.stringify(rows)}::json) as r (${typed})
    on conflict (ticket_id, id) do update set ${updates}`.execute(tx)
}

/** The rows of targets that ran before, and of others by their ids. */
async function readKnown(
  tx: Transaction<unknown>,
  ticketIds: readonly string[],
  ids: readonly string[],
): Promise<ReadonlyMap<string, Written>> {
  const { rows } = await sql<Record<keyof Written, unknown>>`
    select ${list} from sla_target where ticket_id = any(${[...ticketIds]}::text[]) and ended_at is null
    union all
    select ${list} from sla_target where ticket_id = any(${[...ticketIds]}::text[]) and ended_at is not null
      and id = any(${[...ids]}::text[])`.execute(tx)
  return new Map(rows.map((row): [string, Written] => [String(row.id), fromDatabase(row)]))
}

/** A row as it was written: instants in the form in which they were. */
function fromDatabase(row: Record<keyof Written, unknown>): Written {
  const read = names.flatMap((name) => {
    const value = row[name]
    return value === null ? [] : [[name, value instanceof Date ? toInstant(value) : value]]
  })
  return Object.fromEntries(read) as Written
}

function isSame(known: Written | undefined, row: Written): boolean {
  if (!known || names.some((name) => name !== 'record' && known[name] !== row[name])) return false
  return isDeepStrictEqual(known.record, JSON.parse(JSON.stringify(row.record)))
}
