/**
 * Events are inserted and read, and nothing else: what would change or remove them is refused, whoever asks for it, their owner
 * included. `repairTransactionIds` does not: it changes a function.
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
