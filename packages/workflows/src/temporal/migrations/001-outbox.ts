/**
 * What the clocks in Temporal are still to be told of, one row per stream; the projection of deadlines writes it in its own
 * transaction. Whoever takes a row moves `try_at` on for as long as it may take, and removes the row afterwards unless its
 * `mark` has changed: marks come from one sequence, never the same twice.
 *
 * `installation` names this database to Temporal: two installations in one namespace never take each other's work.
 *
 * `held_streams` tells whose clocks stand still because their history is still being imported; it works before there are
 * any read models.
 */
export const outbox = `
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
