import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { retryPause } from '../supervision.ts'

/** A stream whose clock is to be started, replaced or ended. */
export type OutboxRow = { readonly stream: string; readonly mark: number; readonly attempts: number }

/** Deadlines due within a minute, and all others. */
export type Lane = 'soon' | 'later'

/** A stream whose clock has been started with its state, or ended where there is no `digest`. */
export type HandedOver = OutboxRow & {
  readonly digest: string | undefined
  readonly dueAt: string | undefined
  /** Whether the clock has search attributes. */
  readonly labelled: boolean
}

/** The recorded state of a stream whose clock is to be started. */
type RecordedState = {
  /** The digest with which its clock was started; undefined where it has none. */
  readonly digest: string | undefined
  /** Whether its clock is paused while its history is imported. */
  readonly held: boolean
  /** The number of a ticket that the read models show; undefined before they do. */
  readonly number: number | undefined
}

/** The rows to hand over, claimed by any number of processes: each stream by one at a time. */
export type Outbox = {
  /**
   * Leases rows of a lane: those that are due soonest, in this order, and some of the later ones that were recorded
   * first.
   */
  claim(lane: Lane, limit: number): Promise<readonly OutboxRow[]>
  /** What is recorded of the clocks of streams, by stream. */
  recordedStates(streams: readonly string[]): Promise<ReadonlyMap<string, RecordedState>>
  /**
   * Removes rows that were handed over, and returns those that were recorded again since the claim, or settled by
   * another process.
   * @returns rows that another process is just writing: to be settled later.
   */
  settle(rows: readonly HandedOver[]): Promise<readonly HandedOver[]>
  /** Returns rows untouched. */
  release(rows: readonly OutboxRow[]): Promise<void>
  /** Records why a row could not be handed over; it is retried with growing pauses, every five minutes in the end. */
  fail(row: OutboxRow, message: string): Promise<void>
}

/**
 * The part of each claim of later deadlines that goes to the rows recorded first, however late they are due: nothing
 * waits for ever.
 */
const shareOfOldest = 1 / 4

/**
 * A clock that has only just fallen due fires, and then records its end, or that a next one is to be started: until
 * then, and at most for this time, no other clock takes its place.
 */
const firing = `5 seconds`

const claimable = `try_at <= now() and (leased_until is null or leased_until <= now()) and not exists (
  select from guichet_workflows.clocks
  where clocks.stream = clock_outbox.stream and clocks.due_at between now() - interval '${firing}' and now())`

const inLane: Readonly<Record<Lane, string>> = {
  soon: `due_at <= now() + interval '1 minute'`,
  later: `(due_at > now() + interval '1 minute' or due_at is null)`,
}

const claiming = (lane: Lane): string => `
  with soonest as materialized (
    select stream from guichet_workflows.clock_outbox where ${claimable} and ${inLane[lane]}
    order by due_at limit $1 for update skip locked
  ), oldest as materialized (
    select stream from guichet_workflows.clock_outbox where ${claimable} and ${inLane[lane]}
      and stream not in (select stream from soonest)
    order by mark limit $2 for update skip locked
  )
  update guichet_workflows.clock_outbox as mine
  set leased_until = now() + $3 * interval '1 millisecond', attempts = attempts + 1
  from (select stream from soonest union all select stream from oldest) as taken
  where mine.stream = taken.stream
  returning mine.stream, mine.mark, mine.attempts, mine.due_at`

/**
 * The outbox in `guichet_workflows`, whose schema must be migrated. A claimed row becomes available again after
 * `leaseMs` milliseconds without a report; rejects with the errors of the database.
 */
export function outboxOf(pool: Pool, leaseMs: number): Outbox {
  const columns = (rows: readonly OutboxRow[]) => [rows.map(({ stream }) => stream), rows.map(({ mark }) => mark)]
  return {
    claim: async (lane, limit) => {
      const oldest = lane === 'later' ? Math.floor(limit * shareOfOldest) : 0
      const { rows } = await pool.query<{ stream: string; mark: string; attempts: number; due_at: Date | null }>({
        name: `guichet_workflows.claim_${lane}`,
        text: claiming(lane),
        values: [limit - oldest, oldest, leaseMs],
      })
      return rows
        .toSorted((a, b) => (a.due_at?.getTime() ?? Infinity) - (b.due_at?.getTime() ?? Infinity) || 0)
        .map(({ stream, mark, attempts }) => ({ stream, mark: Number(mark), attempts }))
    },
    recordedStates: async (streams) => {
      const { rows } = await pool.query<StateRow>({
        name: 'guichet_workflows.recorded_states',
        text: `
          select requested.stream, clocks.digest, held.stream is not null as held, numbered.number
          from unnest($1::text[]) as requested (stream)
          left join guichet_workflows.clocks on clocks.stream = requested.stream
          left join guichet_workflows.ticket_numbers($1) as numbered on numbered.stream = requested.stream
          left join guichet_workflows.held_streams($1) as held (stream) on held.stream = requested.stream`,
        values: [streams],
      })
      return new Map(
        rows.map(({ stream, digest, held, number }) => [
          stream,
          { digest: digest ?? undefined, held, number: number ?? undefined },
        ]),
      )
    },
    settle: async (rows) => {
      if (rows.length === 0) return []
      const { rows: settled } = await pool.query<{ stream: string }>({
        name: 'guichet_workflows.settle_clocks',
        text: settling,
        values: [
          ...columns(rows),
          rows.map(({ digest }) => digest ?? null),
          rows.map(({ dueAt }) => dueAt ?? null),
          rows.map(({ labelled }) => labelled),
        ],
      })
      const done = new Set(settled.map(({ stream }) => stream))
      return rows.filter(({ stream }) => !done.has(stream))
    },
    release: async (rows) => {
      if (rows.length === 0) return
      await pool.query(
        `with mine as (
           select stream from guichet_workflows.clock_outbox
           where stream = any($1::text[]) order by stream for update skip locked
         )
         update guichet_workflows.clock_outbox set leased_until = null, attempts = greatest(attempts - 1, 0)
         from mine where clock_outbox.stream = mine.stream`,
        [rows.map(({ stream }) => stream)],
      )
    },
    fail: async ({ stream, mark, attempts }, message) => {
      await pool.query(
        `update guichet_workflows.clock_outbox
         set leased_until = null,
             error = case when mark = $2 then $3 else error end,
             try_at = case when mark = $2 then now() + $4 * interval '1 millisecond' else try_at end
         where stream = $1`,
        [stream, mark, message, retryPause(attempts)],
      )
    },
  }
}

type StateRow = { stream: string; digest: string | null; held: boolean; number: number | null }

/**
 * A row that was recorded again since it was claimed stays, to be claimed again. A row that another process has settled
 * meanwhile, after the lease had expired, is recorded again: it is unknown which process's clock is the last. Both get
 * a new mark, so that no process that handles the row now takes it for handed over. The digest of such a clock is
 * recorded as unknown; the next claim replaces it.
 */
const settling = `
  with handed_over as materialized (
    select * from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::boolean[])
      as sent (stream, mark, digest, due_at, labelled)
  ), mine as materialized (
    select stream, mark from guichet_workflows.clock_outbox
    where stream = any($1::text[]) order by stream for update skip locked
  ), gone as materialized (
    select stream from handed_over
    where not exists (select from guichet_workflows.clock_outbox o where o.stream = handed_over.stream)
  ), settled as materialized (
    select handed_over.*, mine.stream is null as gone, coalesce(mine.mark = handed_over.mark, false) as current
    from handed_over left join mine using (stream)
    where mine.stream is not null or stream in (select stream from gone)
  ), removed as (
    delete from guichet_workflows.clock_outbox using settled
    where clock_outbox.stream = settled.stream and settled.current
  ), given_back as (
    update guichet_workflows.clock_outbox
    set leased_until = null, mark = nextval('guichet_workflows.clock_outbox_mark') from settled
    where clock_outbox.stream = settled.stream and not settled.current
  ), noted_again as (
    insert into guichet_workflows.clock_outbox (stream, due_at, mark)
    select stream, due_at, nextval('guichet_workflows.clock_outbox_mark') from settled where gone order by stream
    on conflict (stream) do update set mark = excluded.mark
  ), started as (
    insert into guichet_workflows.clocks (stream, digest, due_at, labelled)
    select stream, case when current then digest else '' end, due_at, labelled from settled
    where digest is not null or gone
    on conflict (stream) do update set
      digest = excluded.digest, due_at = excluded.due_at, labelled = excluded.labelled, started_at = now()
  ), ended as (
    delete from guichet_workflows.clocks using settled
    where clocks.stream = settled.stream and settled.digest is null and not settled.gone
  )
  select stream from settled`

/** Runs a statement: on a pool, or within the caller's transaction. */
type Run = (text: string, values: readonly unknown[]) => Promise<unknown>

/** When each stream falls due next; null for one without a deadline. */
type EnqueuedStreams = ReadonlyMap<string, string | Date | null>

/**
 * Records streams whose clocks must receive their current state, in one statement. With `replace` a record replaces an
 * earlier one of the same stream; otherwise the earlier one stays.
 */
export async function enqueueStreams(
  run: Run,
  streams: EnqueuedStreams,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  if (streams.size === 0) return
  await run(
    `insert into guichet_workflows.clock_outbox (stream, due_at, mark)
     select stream, due_at, nextval('guichet_workflows.clock_outbox_mark')
     from unnest($1::text[], $2::timestamptz[]) as noted (stream, due_at)
     order by stream
     on conflict (stream) do update set
       due_at = excluded.due_at, mark = excluded.mark, try_at = excluded.try_at, attempts = 0, error = null
     where $3`,
    [[...streams.keys()], [...streams.values()], replace],
  )
}

/**
 * The changes that the clocks in Temporal must still receive, one row per stream; the projection of deadlines writes it
 * in its own transaction. A process leases a row, and removes it afterwards unless its `mark` has changed: marks come from one sequence, never the same twice.
 *
 * `installation` names this database to Temporal: two installations in one namespace never take each other's work.
 *
 * `held_streams` returns the streams whose clocks are paused because their history is still being imported; it works
 * before there are any read models.
 */
const outbox = `
create table guichet_workflows.installation (
  sole boolean primary key default true check (sole),
  id uuid not null default gen_random_uuid()
);
insert into guichet_workflows.installation default values;

create sequence guichet_workflows.clock_outbox_mark;

create table guichet_workflows.clock_outbox (
  stream text collate "C" primary key,
  due_at timestamptz,
  mark bigint not null,
  try_at timestamptz not null default now(),
  attempts integer not null default 0,
  error text
) with (fillfactor = 50);
create index on guichet_workflows.clock_outbox (try_at);

create table guichet_workflows.clock_failures (
  stream text collate "C" primary key,
  message text not null,
  attempts integer not null,
  next_try timestamptz not null
);

create function guichet_workflows.held_streams(streams text[]) returns setof text
language plpgsql stable as $$
begin
  if to_regclass('guichet_read.deadline') is null then
    return;
  end if;
  return query select stream from guichet_read.deadline where stream = any(streams) and held_by is not null;
end;
$$;
`

/**
 * The state with which each clock in Temporal was started, so that no process restarts an unchanged one: its digest,
 * empty where it is unknown, and when it is due. The outbox is claimed in the order of due dates, and each row by one
 * process at a time: `leased_until` stays when the row is recorded again.
 */
const clocks = `
create table guichet_workflows.clocks (
  stream text collate "C" primary key,
  digest text not null,
  due_at timestamptz,
  labelled boolean not null,
  started_at timestamptz not null default now()
);
create index on guichet_workflows.clocks (due_at);

alter table guichet_workflows.clock_outbox add column leased_until timestamptz;
drop index guichet_workflows.clock_outbox_try_at_idx;
create index on guichet_workflows.clock_outbox (due_at);
create index on guichet_workflows.clock_outbox (mark);
`

/** `next_due_of` returns the due instant that the read model of deadlines shows; it works before there are any read models. */
const nextDue = `
create function guichet_workflows.next_due_of(wanted text) returns timestamptz
language plpgsql stable as $$
begin
  if to_regclass('guichet_read.deadline') is null then
    return null;
  end if;
  return (select next_due from guichet_read.deadline where stream = wanted);
end;
$$;
`

/** `ticket_numbers` returns the numbers of those streams that are tickets; it works before there are any read models. */
const ticketNumbers = `
create function guichet_workflows.ticket_numbers(streams text[]) returns table (stream text, number integer)
language plpgsql stable as $$
begin
  if to_regclass('guichet_read.ticket') is null then
    return;
  end if;
  return query select 'ticket-' || t.id, t.number from guichet_read.ticket t
    where t.id = any(array(select substr(s, 8) from unnest(streams) as s where s like 'ticket-%'));
end;
$$;
`

/**
 * The tables of the clock on Temporal in Postgres: the changes still to be handed over, the states of started clocks,
 * and failures.
 */
export const temporalSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'temporal clock',
  steps: [outbox, clocks, nextDue, ticketNumbers],
}
