import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { DerivedColumns, TargetRow } from './target-row.ts'
import { termsColumns } from './target-row.ts'

type Counted = TargetRow & DerivedColumns

/** Moves the counters from what the rows of a batch were to what they are, each counter once. */
export async function countTargets(
  tx: Transaction<unknown>,
  before: readonly Counted[],
  after: readonly Counted[],
): Promise<void> {
  const terms = new Map<string, { readonly row: Counted; targets: number }>()
  const open = new Map<string, Record<OpenCounter, number>>()
  const outcomes = new Map<string, OutcomePlace & Record<Ended, number>>()
  const count = (row: Counted, change: number): void => {
    const known = terms.get(row.terms) ?? { row, targets: 0 }
    terms.set(row.terms, { ...known, targets: known.targets + change })
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
type Ended = NonNullable<DerivedColumns['outcome']>

const termsOf = (row: Counted) => Object.fromEntries(termsColumns.map((column) => [column, row[column]]))

const moved = (counters: object): boolean =>
  Object.values(counters).some((value) => typeof value === 'number' && value !== 0)

const columns = sql.raw(termsColumns.join(', '))

async function countTerms(tx: Transaction<unknown>, changes: readonly { readonly id: string }[]): Promise<void> {
  if (changes.length === 0) return
  await sql`
    insert into sla_terms (id, ${columns}, targets)
    select id, ${columns}, targets
    from json_to_recordset(${JSON.stringify(changes)}::json) as r (
      id uuid, target text, policy text, category text, priority text, plan text, team text,
      level smallint, centre text, targets bigint
    )
    on conflict (id) do update set targets = sla_terms.targets + excluded.targets`.execute(tx)
  await sql`
    delete from sla_terms where id = any(${changes.map(({ id }) => id)}::uuid[]) and targets = 0`.execute(tx)
}

async function countOpen(tx: Transaction<unknown>, changes: readonly { readonly terms: string }[]): Promise<void> {
  if (changes.length === 0) return
  await sql`
    insert into sla_open (terms, pending, imminent, breached, paused)
    select terms, pending, imminent, breached, paused
    from json_to_recordset(${JSON.stringify(changes)}::json) as r (
      terms uuid, pending integer, imminent integer, breached integer, paused integer
    )
    on conflict (terms) do update set
      pending = sla_open.pending + excluded.pending, imminent = sla_open.imminent + excluded.imminent,
      breached = sla_open.breached + excluded.breached, paused = sla_open.paused + excluded.paused`.execute(tx)
  await dropEmptyOpen(
    tx,
    changes.map(({ terms }) => terms),
  )
}

/** Deletes the counters of open targets that there are none of any more. */
export async function dropEmptyOpen(tx: Transaction<unknown>, terms: readonly string[]): Promise<void> {
  await sql`
    delete from sla_open where terms = any(${[...terms]}::uuid[])
      and pending = 0 and imminent = 0 and breached = 0 and paused = 0`.execute(tx)
}

async function countOutcomes(tx: Transaction<unknown>, changes: readonly OutcomePlace[]): Promise<void> {
  if (changes.length === 0) return
  await sql`
    insert into sla_outcome (span, day, terms, met, missed, cancelled)
    select span, day, terms, met, missed, cancelled
    from json_to_recordset(${JSON.stringify(changes)}::json) as r (
      span text, day date, terms uuid, met integer, missed integer, cancelled integer
    )
    on conflict (span, day, terms) do update set
      met = sla_outcome.met + excluded.met, missed = sla_outcome.missed + excluded.missed,
      cancelled = sla_outcome.cancelled + excluded.cancelled`.execute(tx)
  await sql`
    delete from sla_outcome o
    using json_to_recordset(${JSON.stringify(changes)}::json) as r (span text, day date, terms uuid)
    where o.span = r.span and o.day = r.day and o.terms = r.terms and met = 0 and missed = 0 and cancelled = 0`.execute(
    tx,
  )
}

/** Deletes the counters of days and months on which nothing of these terms ended any more. */
export async function dropEmptyOutcomes(tx: Transaction<unknown>, terms: readonly string[]): Promise<void> {
  await sql`
    delete from sla_outcome where terms = any(${[...terms]}::uuid[])
      and met = 0 and missed = 0 and cancelled = 0`.execute(tx)
}
