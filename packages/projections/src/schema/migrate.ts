import type { Pool } from 'pg'
import { migrateSchema } from '@guichet/eventstore'

/**
 * Brings the schema `guichet_projections` up to date.
 * @throws SchemaTooNew when the schema is newer than this program.
 */
export function migrateProjections(pool: Pool): Promise<void> {
  return migrateSchema(pool, {
    schema: 'guichet_projections',
    part: 'projections',
    steps: [generations, followedStore, lastEvents, lostStreams],
  })
}

/**
 * One row per generation of a projection: its checkpoint, its lease and its error. Programs of earlier versions call `is_free`, which may
 * run beside this one: it has `isFree` of generation.ts instead.
 */
const generations = `
create schema if not exists guichet_read;

create table guichet_projections.generations (
  projection text not null,
  generation integer not null check (generation > 0),
  version integer not null,
  basis text not null,
  role text not null check (role in ('building', 'serving', 'retired')),
  position text,
  events bigint not null default 0,
  indexed boolean not null default false,
  error jsonb,
  owner text,
  owner_backend integer,
  owner_since timestamptz,
  leased_until timestamptz,
  primary key (projection, generation)
) with (fillfactor = 50);

create unique index one_serving on guichet_projections.generations (projection) where role = 'serving';
create unique index one_building on guichet_projections.generations (projection) where role = 'building';

create function guichet_projections.is_free(g guichet_projections.generations) returns boolean
language sql stable as $$
  select g.owner is null
    or g.leased_until < clock_timestamp()
    or not exists (
      select from pg_stat_activity a
      where a.pid = g.owner_backend and (a.backend_start is null or a.backend_start = g.owner_since)
    )
$$;

create function guichet_projections.advance(
  projections text[], generations integer[], holder text, old_position text, new_position text, folded integer
) returns void
language plpgsql as $$
declare
  moved integer;
begin
  perform from guichet_projections.generations g
  join unnest(projections, generations) as f (projection, generation) using (projection, generation)
  order by projection, generation
  for no key update of g;

  update guichet_projections.generations g
  set position = new_position, events = g.events + folded
  from unnest(projections, generations) as f (projection, generation)
  where g.projection = f.projection and g.generation = f.generation
    and g.role <> 'retired' and g.owner = holder and g.error is null
    and g.position is not distinct from old_position;

  get diagnostics moved = row_count;
  if moved <> cardinality(projections) then
    raise exception 'the checkpoint of % is no longer at % in the hands of %', projections, old_position, holder
      using errcode = 'GU001';
  end if;
end
$$;
`

/** Which event store the read models follow. */
const followedStore = `
create table guichet_projections.followed_store (
  identity text    not null,
  only_row boolean primary key default true check (only_row)
);
`

/**
 * The event at each checkpoint, to find out whether the log still has it. Programs of earlier versions, which may run
 * beside this one, call the shorter function: then it is unknown.
 */
const lastEvents = `
alter table guichet_projections.generations add column last_event jsonb;

create function guichet_projections.advance(
  projections text[], generations integer[], holder text, old_position text, new_position text, folded integer, last jsonb
) returns void
language plpgsql as $$
declare
  moved integer;
begin
  perform from guichet_projections.generations g
  join unnest(projections, generations) as f (projection, generation) using (projection, generation)
  order by projection, generation
  for no key update of g;

  update guichet_projections.generations g
  set position = new_position, events = g.events + folded, last_event = last
  from unnest(projections, generations) as f (projection, generation)
  where g.projection = f.projection and g.generation = f.generation
    and g.role <> 'retired' and g.owner = holder and g.error is null
    and g.position is not distinct from old_position;

  get diagnostics moved = row_count;
  if moved <> cardinality(projections) then
    raise exception 'the checkpoint of % is no longer at % in the hands of %', projections, old_position, holder
      using errcode = 'GU001';
  end if;
end
$$;

create or replace function guichet_projections.advance(
  projections text[], generations integer[], holder text, old_position text, new_position text, folded integer
) returns void
language sql as 'select guichet_projections.advance($1, $2, $3, $4, $5, $6, null)';
`

/** The streams that projections pass over, since they were deleted or have lost their first events. */
const lostStreams = `
create table guichet_projections.lost_streams (
  stream text primary key,
  reason text not null,
  since  timestamptz not null default now()
);
`
