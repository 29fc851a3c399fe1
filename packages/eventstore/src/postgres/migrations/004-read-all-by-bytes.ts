/**
 * Reads all events up to a bound of bytes as well, so that a reader's memory does not depend on what was written. What is
 * compressed counts as what it is read as: a page of it would be many times as long as it is stored.
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
