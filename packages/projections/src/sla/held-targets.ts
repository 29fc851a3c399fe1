import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import { dropEmptyOpen, dropEmptyOutcomes } from './count-targets.ts'

/** Lets time pass for the targets that waited for imports which have ended now. */
export async function releaseTargets(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await turn(tx, false, sql`held_by = any(${[...imports]}::text[])`)
}

/** Holds the targets of what came in last with imports that go on now, until these end. */
export async function holdTargets(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await turn(tx, true, sql`imported_by = any(${[...imports]}::text[]) and held_by is null`)
}

/** In one statement, however many tickets came in: the tickets, their targets that run, and the counters. */
async function turn(tx: Transaction<unknown>, held: boolean, tickets: RawBuilder<unknown>): Promise<void> {
  const change = held ? sql`-count(*)` : sql`count(*)`
  const { rows } = await sql<{ terms: string }>`
    with turned as (
      update sla_ticket set held_by = ${held ? sql`imported_by` : null} where ${tickets} returning id
    ), targets as (
      update sla_target t set
        held = ${held},
        breaches_at = case when not ${held} and state in ('PENDING', 'IMMINENT_BREACH') then due_at end,
        outcome = case when not ${held} and state = 'BREACHED' then 'missed' end,
        outcome_at = case when not ${held} and state = 'BREACHED' then (record->>'breachedAt')::timestamptz end
      from turned where t.ticket_id = turned.id and t.running and t.held <> ${held}
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
  if (held) await dropEmptyOutcomes(tx, terms)
}
