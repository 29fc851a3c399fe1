/**
 * A worker takes more than the job the queue gave it, so that many that are due cost few round trips: `claim_due` locks, in the
 * worker's name as the queue would, others that are due and have never been tried. `complete_claimed` removes them by their ids: a
 * job that has taken the place of one under way is another one. `hand_back` leaves one that failed to the queue, which tries it
 * alone and counts.
 *
 * `held_of` tells which of some streams stand still, because their history is still being imported.
 */
export const claims = `
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
