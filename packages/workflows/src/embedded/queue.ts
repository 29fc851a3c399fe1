import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'

/** Records that these workers are alive. */
export async function recordHeartbeat(pool: Pool, workerIds: readonly string[]): Promise<void> {
  await pool.query(
    `insert into guichet_workflows.workers (worker_id) select unnest($1::text[])
     on conflict (worker_id) do update set seen_at = now()`,
    [workerIds],
  )
}

/** Records that these workers have ended. */
export async function removeWorkers(pool: Pool, workerIds: readonly string[]): Promise<void> {
  await pool.query('delete from guichet_workflows.workers where worker_id = any ($1::text[])', [workerIds])
}

/**
 * Releases the jobs of workers that have shown no sign of life for a lease, in any process: the queue itself would
 * wait four hours. A job that is released while its worker is in fact alive runs twice, which has no second
 * effect.
 */
export async function freeJobsOfTheDead(pool: Pool, leaseMs: number): Promise<void> {
  await pool.query(
    `with lease as (select now() - $1 * interval '1 millisecond' as start),
     dead as (
       select distinct locked_by from guichet_jobs.jobs, lease
       where locked_at < lease.start and not exists (
         select from guichet_workflows.workers where worker_id = locked_by and seen_at > lease.start
       )
     )
     select guichet_jobs.force_unlock_workers(array_agg(locked_by)) from dead having count(*) > 0`,
    [leaseMs],
  )
  await pool.query(
    `delete from guichet_workflows.workers where seen_at < now() - greatest($1 * interval '1 millisecond', '1 hour')`,
    [leaseMs],
  )
}

/** The queue counts tries in 16 bits and gives up at the end; long before, the count starts over. */
const countedTries = 10_000

/**
 * Retries failing jobs for ever: none pauses longer than `longestPauseMs` (the queue's own back-off grows to six
 * hours), none runs out of tries.
 */
export async function keepRetrying(pool: Pool, longestPauseMs: number): Promise<void> {
  await pool.query(
    `with pause as (select now() + $1 * interval '1 millisecond' as longest),
     failing as (
       select array_agg(id) as ids, max(longest) as longest from guichet_jobs.jobs, pause
       where last_error is not null and locked_at is null and key is not null and run_at > longest
     )
     select count(rescheduled.id) from failing, guichet_jobs.reschedule_jobs(failing.ids, run_at := failing.longest) as rescheduled`,
    [longestPauseMs],
  )
  await pool.query(
    `with tired as (select array_agg(id) as ids from guichet_jobs.jobs where attempts > $1 and key is not null)
     select count(rescheduled.id) from tired, guichet_jobs.reschedule_jobs(tired.ids, attempts := 10) as rescheduled`,
    [countedTries],
  )
}

/** Removes jobs that failed after a newer job had replaced them. */
export async function dropSuperseded(pool: Pool): Promise<void> {
  await pool.query(
    `with superseded as (select array_agg(id) as ids from guichet_jobs.jobs where key is null and locked_at is null)
     select count(dropped.id) from superseded, guichet_jobs.complete_jobs(superseded.ids) as dropped`,
  )
}

/**
 * The Postgres schema of the job queue: separate from `graphile_worker`, which may belong to the embedding application.
 */
export const queueSchema = 'guichet_jobs'

/**
 * The clock's own part of the database, beside the job queue in `guichet_jobs`.
 *
 * `wake` ensures that each stream is checked by its instant at the latest: it queues a job where none is that early.
 * Callers on the same stream take turns, else the later of two instants could overwrite the earlier one; the turns are
 * shared by 256 groups of streams, so that a batch of any size takes a bounded number of locks. A running job counts as
 * none: it may have read the stream before the change that requires it. Its plans go by key whatever the statistics
 * are, which lag behind a queue that fills fast: a call costs the same for any length of the queue.
 *
 * `is_held` returns whether the clock of a stream is paused because its history is still being imported. Both work
 * before there are any read models.
 *
 * The queue draws a number for its one kind of task whenever a job is queued; it must not run out of them.
 */
const clock = `
alter table guichet_jobs._private_tasks alter column id set cycle;

create table guichet_workflows.workers (
  worker_id text primary key,
  seen_at timestamptz not null default now()
);

create function guichet_workflows.wake(streams text[], instants timestamptz[]) returns integer
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
as $$
declare
  specs guichet_jobs.job_spec[];
begin
  perform pg_advisory_xact_lock(1735749987, groups.number)
  from (select distinct hashtext(stream) & 255 as number from unnest(streams) as stream order by 1) as groups;

  select array_agg(row(
      'fire_due_deadlines', json_build_object('stream', wanted.stream), null, wanted.instant, 32767, wanted.stream, 0, null
    )::guichet_jobs.job_spec)
  into specs
  from (
    select stream, min(instant) as instant from unnest(streams, instants) as change (stream, instant) group by stream
  ) as wanted
  where (
    select key from guichet_jobs.jobs
    where key = wanted.stream and run_at <= wanted.instant and locked_at is null and attempts < max_attempts
    limit 1
  ) is null;

  if specs is null then
    return 0;
  end if;
  perform guichet_jobs.add_jobs(specs);
  return cardinality(specs);
end;
$$;

create function guichet_workflows.is_held(wanted text) returns boolean
language plpgsql stable as $$
begin
  if to_regclass('guichet_read.deadline') is null then
    return false;
  end if;
  return exists (select from guichet_read.deadline where stream = wanted and held_by is not null);
end;
$$;
`

/**
 * A worker claims more than the job the queue gave it, so that many due jobs cost few round trips. `claim_due` locks,
 * in the worker's name as the queue would, other due jobs that have never been tried. `complete_claimed` removes them
 * by their ids: a job that has replaced a running one is another one. `hand_back` leaves a failed job to the queue,
 * which retries it alone and counts.
 *
 * `held_of` returns those of some streams that are paused because their history is still being imported.
 */
const claims = `
create function guichet_workflows.claim_due(worker text, how_many integer)
returns table (id bigint, stream text, due_at timestamptz)
language sql
as $$
  update guichet_jobs._private_jobs as mine
  set attempts = 1, locked_by = worker, locked_at = now()
  from (
    select jobs.id from guichet_jobs._private_jobs as jobs
    where jobs.is_available and jobs.run_at <= now() and jobs.attempts = 0 and jobs.key is not null
    order by jobs.priority, jobs.run_at
    limit how_many
    for update skip locked
  ) as due
  where mine.id = due.id
  returning mine.id, mine.key, mine.run_at
$$;

create function guichet_workflows.complete_claimed(worker text, ids bigint[]) returns void
language sql
as $$
  delete from guichet_jobs._private_jobs where id = any (ids) and locked_by = worker
$$;

create function guichet_workflows.hand_back(worker text, ids bigint[]) returns void
language sql
as $$
  update guichet_jobs._private_jobs set locked_by = null, locked_at = null where id = any (ids) and locked_by = worker
$$;

drop function guichet_workflows.is_held(text);

create function guichet_workflows.held_of(streams text[]) returns setof text
language plpgsql stable
as $$
begin
  if to_regclass('guichet_read.deadline') is null then
    return;
  end if;
  return query select stream from guichet_read.deadline where stream = any (streams) and held_by is not null;
end;
$$;
`

/** The clock's tables and functions, on top of the job queue's own. */
export const clockSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'clock',
  steps: [clock, claims],
  prepare: async (pgPool) => {
    // Loaded here: a database that is up to date needs none of it, and it is a tenth of the start of a command.
    const { Logger, runMigrations } = await import('graphile-worker')
    // Failures are thrown anyway.
    const logger = new Logger(() => () => undefined)
    await runMigrations({ pgPool, schema: queueSchema, logger })
  },
}
