import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/** The tables that readers see. */
export const slaTables = [
  'sla_ticket',
  'sla_target',
  'sla_terms',
  'sla_open',
  'sla_outcome',
  'sla_agent',
  'sla_ended_import',
] as const

/**
 * `sla_ticket` says of each ticket whether a target of it runs; `sla_target` a row per target and cycle, with what is looked for in columns and
 * what it is explained by in `record`; `sla_agent` the centre of each agent. Counters are kept by terms, which are
 * what a dashboard tells targets apart by: `sla_open` holds how the open ones stand, `sla_outcome` how those of each day and of
 * each month (UTC) ended, by its first day.
 */
export async function createSlaTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table sla_ticket (
      id text collate "C" primary key,
      running boolean not null,
      imported_by text,
      held_by text
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create index on sla_ticket (id) where running`.execute(tx)
  await sql`
    create table sla_target (
      ticket_id text collate "C" not null,
      id text collate "C" not null,
      target text not null,
      state text not null,
      running boolean not null,
      held boolean not null,
      due_at timestamptz not null,
      policy text not null,
      category text,
      priority text not null,
      plan text,
      team text,
      level smallint not null,
      centre text,
      assignee_id text,
      terms uuid not null,
      breaches_at timestamptz,
      outcome text,
      outcome_at timestamptz,
      ended_at timestamptz,
      record jsonb not null,
      primary key (ticket_id, id)
    ) with (fillfactor = 80)`.execute(tx)
  await sql`create index on sla_target (assignee_id, due_at, id) where running and assignee_id is not null`.execute(tx)
  await sql`
    create table sla_terms (
      id uuid primary key,
      target text not null,
      policy text not null,
      category text,
      priority text not null,
      plan text,
      team text,
      level smallint not null,
      centre text,
      targets bigint not null
    ) with (fillfactor = 50)`.execute(tx)
  await sql`
    create table sla_open (
      terms uuid primary key,
      pending integer not null,
      imminent integer not null,
      breached integer not null,
      paused integer not null
    ) with (fillfactor = 50)`.execute(tx)
  await sql`
    create table sla_outcome (
      span text,
      day date,
      terms uuid,
      met integer not null,
      missed integer not null,
      cancelled integer not null,
      primary key (span, day, terms)
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create table sla_agent (id text collate "C" primary key, centre text)`.execute(tx)
  await sql`create table sla_ended_import (id text collate "C" primary key)`.execute(tx)
}

/**
 * An index for each order and for each place that a dashboard looks at beside its counters. A target is in as few as may be: each one that a
 * deadline is in has to be written when it moves.
 */
export async function createSlaIndexes(tx: Transaction<unknown>): Promise<void> {
  const indexes = [
    sql`create index on sla_target (due_at, id) where running`,
    sql`create index sla_target_achieved on sla_target (due_at, id) where not running and state = 'ACHIEVED'`,
    sql`create index sla_target_missed on sla_target (due_at, id) where not running and state = 'BREACHED'`,
    sql`create index sla_target_cancelled on sla_target (due_at, id) where not running and state = 'CANCELLED'`,
    sql`create index on sla_target (terms, state, due_at, id) where not running`,
    sql`create index on sla_target (assignee_id, state, due_at, id) where not running and assignee_id is not null`,
    sql`create index on sla_target (team, due_at, id) where running and team is not null`,
    sql`create index on sla_target (breaches_at) include (terms, state) where breaches_at is not null`,
    sql`create index on sla_target (ticket_id, ended_at, id)`,
    sql`create index on sla_target (outcome_at) include (terms, outcome) where outcome_at is not null`,
  ]
  for (const index of indexes) await index.execute(tx)
  await sql`analyze sla_ticket, sla_target, sla_terms, sla_open, sla_outcome`.execute(tx)
}
