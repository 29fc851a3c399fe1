/** The advisory lock that appends share, beside the hash of the schema's name. */
export const appendLock = 1_196_771_145

/** The events, and the functions that write and read them. */
export const events = (schema: string): string => `
create table ${schema}.events (
  transaction_id xid8        not null,
  position       bigint      not null,
  stream         text        not null,
  version        integer     not null check (version > 0),
  type           text        not null,
  schema_version integer     not null,
  data           jsonb       not null,
  occurred_at    timestamptz not null,
  actor_kind     text        not null,
  actor_id       text        not null,
  actor_name     text,
  recorded_at    timestamptz not null default now(),
  command_id     text        not null,
  ends_command   boolean     not null,
  fingerprint    text,
  correlation_id text,
  causation_id   text,
  -- A stream is read in order of its versions, and its last one is the version.
  constraint events_stream_version primary key (stream, version)
);

-- All events are read in this order.
create unique index events_global_order on ${schema}.events (transaction_id, position);

-- A repeated command is found here, at its last event: one entry per command, not per event.
create unique index events_command on ${schema}.events (stream, command_id) where ends_command;

-- Events are only ever inserted; a large table is still vacuumed often enough to be known as visible to all.
alter table ${schema}.events set (autovacuum_vacuum_insert_scale_factor = 0.05);

comment on table ${schema}.events is 'Every event of every stream; append through ${schema}.append only';
comment on column ${schema}.events.transaction_id is 'The writing transaction, by which events are ordered: positions are drawn before commit';
comment on column ${schema}.events.fingerprint is 'Of the command, at its last event; null when it came without one';
comment on column ${schema}.events.correlation_id is 'Null when it is the command itself';
comment on column ${schema}.events.causation_id is 'Null when it is the command itself';

create sequence ${schema}.events_position owned by ${schema}.events.position;

-- Added to the ids of transactions; above 0 when the events came from a server that had counted further.
create function ${schema}.transaction_offset() returns bigint language sql immutable parallel safe as 'select bigint ''0''';

-- Events of this transaction and later ones may still get company before them. At first that is the oldest transaction
-- of the server that has not ended. Once it has held up an event for 200 ms, only appends are asked: each holds the lock
-- from before it gets its transaction id until after its events are visible. A transaction below "next" had its id when
-- the snapshot was taken, hence its lock when the locks were looked at later, or it had ended; whoever reads with a
-- snapshot later still, in another statement, sees all its events. An append whose id does not show yet, or no more,
-- counts as the oldest transaction. This holds on no replica, which does not know the locks, and in no isolation level
-- that keeps a snapshot. Only read_all and head call this, with their settings.
create function ${schema}.readable_before() returns xid8 language plpgsql volatile as $$
declare
  origin bigint := ${schema}.transaction_offset();
  oldest bigint;
  next bigint;
  holds_up boolean;
begin
  select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint into oldest, next
  from pg_current_snapshot() as s;
  if oldest < next then
    select e.recorded_at < clock_timestamp() - interval '200 milliseconds' into holds_up
    from ${schema}.events e where e.transaction_id >= (oldest + origin)::text::xid8
    order by e.transaction_id, e.position limit 1;
  end if;
  if holds_up and current_setting('transaction_isolation') = 'read committed' and not pg_is_in_recovery() then
    with held as materialized (
      select locktype, virtualtransaction as holder, transactionid::text::bigint as id
      from pg_locks
      where granted and (locktype = 'transactionid' and mode = 'ExclusiveLock' or locktype = 'advisory' and objsubid = 2
        and classid = ${appendLock} and objid = (hashtext('${schema}')::bigint & 4294967295)::oid
        and database = (select d.oid from pg_database d where d.datname = current_database()))
    ), now as (
      select pg_snapshot_xmin(s)::text::bigint as oldest, pg_snapshot_xmax(s)::text::bigint as next
      from pg_current_snapshot() as s
    ), appends as (
      -- Ids of locks are the low 32 bits; those in use lie less than 2^31 apart.
      select case
        when own.id is null then now.oldest
        when (now.next - own.id) & 4294967295 < 2147483648 then now.next - ((now.next - own.id) & 4294967295)
      end as first
      from held lock cross join now
      left join held own on own.locktype = 'transactionid' and own.holder = lock.holder
      where lock.locktype = 'advisory'
    )
    select least(now.next, min(first)) into oldest
    from now left join appends on true group by now.next;
  end if;
  return (oldest + origin)::text::xid8;
end
$$;

-- Appends the commands of several streams, one command per stream, each checked on its own. One array element per
-- event. Expected versions: -1 for any, -2 for a stream that exists, else the exact one. A stream that another
-- transaction is writing to is waited for if it is the only one, else answered 'busy': it holds up nobody else, and
-- whoever waits holds no lock, so there are no deadlocks.
create function ${schema}.append(
  streams text[], expected_versions integer[], ordinals integer[], ends boolean[], types text[],
  schema_versions integer[], datas jsonb[], occurred bigint[], actor_kinds text[], actor_ids text[], actor_names text[],
  command_ids text[], fingerprints text[], correlation_ids text[], causation_ids text[]
) returns table (stream text, outcome text, version integer, transaction_id xid8, "position" bigint, fingerprint text)
language plpgsql volatile
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan set lock_timeout = '5s'
as $$
#variable_conflict use_column
declare
  busy text[] := '{}';
  writer xid8;
  answered bigint;
begin
  if pg_current_xact_id_if_assigned() is not null or current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'append needs a transaction of its own, in isolation level read committed';
  end if;

  -- Locked before the transaction has an id, so that the ids of a stream's transactions ascend with its versions, and
  -- readers know of every append that has an id.
  if streams[1] = all (streams) then
    perform pg_advisory_xact_lock(hashtextextended(streams[1], 0));
  else
    busy := array(
      select name from unnest(streams) as name where not pg_try_advisory_xact_lock(hashtextextended(name, 0)));
  end if;
  perform pg_advisory_xact_lock_shared(${appendLock}, hashtext('${schema}'));
  writer := (pg_current_xact_id()::text::bigint + ${schema}.transaction_offset())::text::xid8;

  return query
  with written as (
    insert into ${schema}.events (transaction_id, position, stream, version, type, schema_version, data, occurred_at,
      actor_kind, actor_id, actor_name, command_id, ends_command, fingerprint, correlation_id, causation_id)
    select writer, nextval('${schema}.events_position'), n.stream, n.actual + n.ordinal + 1, n.type, n.schema_version,
      n.data, timestamptz 'epoch' + n.occurred * interval '1 millisecond', n.actor_kind, n.actor_id, n.actor_name,
      n.command_id, n.ends, n.fingerprint, n.correlation_id, n.causation_id
    from (
      select e.*, s.actual
      from unnest(streams, expected_versions, ordinals, ends, types, schema_versions, datas, occurred, actor_kinds,
        actor_ids, actor_names, command_ids, fingerprints, correlation_ids, causation_ids) with ordinality as e (stream,
        expected, ordinal, ends, type, schema_version, data, occurred, actor_kind, actor_id, actor_name, command_id,
        fingerprint, correlation_id, causation_id, n)
      cross join lateral (
        select coalesce(max(h.version), 0) as actual from ${schema}.events h where h.stream = e.stream
      ) s
      where (e.expected = s.actual or e.expected = -1 or (e.expected = -2 and s.actual > 0))
        and case when s.actual = 0 then true else
          (select h.version from ${schema}.events h
           where h.stream = e.stream and h.command_id = e.command_id and h.ends_command limit 1) is null end
        and (busy = '{}' or e.stream <> all (busy))
      order by e.n
    ) n
    returning stream, version, transaction_id, position, ends_command
  )
  select w.stream, 'appended', w.version, w.transaction_id, w.position, null::text from written w where w.ends_command;

  get diagnostics answered = row_count;
  if answered = cardinality(array_positions(ends, true)) then
    return;
  end if;

  return query
  select e.stream,
    case when e.stream = any (busy) then 'busy' when f.version is null then 'conflict' else 'duplicate' end,
    coalesce(f.version, (select max(h.version) from ${schema}.events h where h.stream = e.stream), 0),
    f.transaction_id, f.position, f.fingerprint
  from unnest(streams, command_ids, ends) as e (stream, command_id, ends)
  left join lateral (
    select h.version, h.transaction_id, h.position, h.fingerprint from ${schema}.events h
    where h.stream = e.stream and h.command_id = e.command_id and h.ends_command limit 1
  ) f on true
  where e.ends and f.transaction_id is distinct from writer;
end
$$;

create function ${schema}.read_stream(name text, from_version integer) returns setof ${schema}.events
language plpgsql stable
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query select * from ${schema}.events where stream = name and version >= from_version order by version;
end
$$;

create function ${schema}.read_all(after_transaction xid8, after_position bigint, page integer)
returns setof ${schema}.events
language plpgsql volatile
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
as $$
declare
  before xid8 := ${schema}.readable_before();
begin
  return query
  select * from ${schema}.events
  where (transaction_id, position) > (after_transaction, after_position) and transaction_id < before
  order by transaction_id, position
  limit page;
end
$$;

create function ${schema}.find_command(stream_name text, command text) returns setof ${schema}.events
language plpgsql stable
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select * from ${schema}.events where stream = stream_name and command_id = command and ends_command limit 1;
end
$$;

create function ${schema}.head() returns setof ${schema}.events
language plpgsql volatile
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
as $$
declare
  before xid8 := ${schema}.readable_before();
begin
  return query
  select * from ${schema}.events where transaction_id < before
  order by transaction_id desc, position desc limit 1;
end
$$;
`

/** One row that identifies this history; a dump contains it. */
export const identity = (schema: string): string => `
create table ${schema}.identity (
  identity uuid    not null default gen_random_uuid(),
  only_row boolean primary key default true check (only_row)
);
insert into ${schema}.identity default values;

comment on table ${schema}.identity is 'What the read models recognize this history by; written once';
`

/**
 * Lets events be inserted and read, and nothing else: an update or a delete is refused for every role, including their
 * owner. `repairTransactionIds` still works: it changes a function.
 */
export const appendOnly = (schema: string): string => `
create function ${schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of %.% is refused: it is appended to only', lower(tg_op), tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete or truncate on ${schema}.events
for each statement execute function ${schema}.refuse_change();

create trigger append_only before update or delete or truncate on ${schema}.identity
for each statement execute function ${schema}.refuse_change();

revoke update, delete, truncate on ${schema}.events, ${schema}.identity from current_user;
`

/**
 * Reads all events up to a bound of bytes as well, so that a reader's memory does not depend on the size of the events.
 * Compressed data counts with its uncompressed size: a page of it would be many times as long as it is stored.
 */
export const readAllByBytes = (schema: string): string => `
create function ${schema}.read_all(after_transaction xid8, after_position bigint, page integer, max_bytes bigint)
returns setof ${schema}.events
language plpgsql volatile
set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
as $$
declare
  before xid8 := ${schema}.readable_before();
  bytes bigint := 0;
  found record;
begin
  for found in
    select e as event,
      case when pg_column_compression(e.data) is null then pg_column_size(e.data) else length(e.data::text) end as bytes
    from ${schema}.events e
    where (e.transaction_id, e.position) > (after_transaction, after_position) and e.transaction_id < before
    order by e.transaction_id, e.position
    limit page
  loop
    return next found.event;
    bytes := bytes + found.bytes;
    exit when bytes >= max_bytes;
  end loop;
end
$$;
`
