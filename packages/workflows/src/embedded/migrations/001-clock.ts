/**
 * The clock's own part of the database, beside the job queue in `guichet_jobs`.
 *
 * `wake` sees to it that each stream is looked at by its instant at the latest: it queues a job where there is none that
 * early. Callers on the same stream take turns, else the later of two instants could overwrite the earlier one; the
 * turns are shared by 256 groups of streams, so that a batch of any size takes a bounded number of locks. A job that is
 * being carried out counts as none: it may have read the stream before the change that asks for it. Its plans go by key
 * whatever the statistics say, which lag behind a queue that fills fast: a call costs the same whatever waits in the queue.
 *
 * `is_held` tells whether the clock of a stream stands still, because its history is still being imported. Both work
 * before there are any read models.
 *
 * The queue draws a number for its one kind of task whenever a job is queued; it must not run out of them.
 */
export const clock = `
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
