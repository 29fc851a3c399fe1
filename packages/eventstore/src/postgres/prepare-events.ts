import pg from 'pg'
import type { Pool, PoolClient } from 'pg'
import { StoreUnusable } from '../failure/index.ts'
import { migrate } from './migrate.ts'
import { assertRestricted } from './running-role.ts'

/**
 * Brings the event store's schema up to date, as its owner, and lets a role that is not its owner append and read. A schema
 * that the role has made itself becomes the owner's. The role may also make schemas of its own in the database, for what
 * is derived from the events.
 * @param owner connects as who is to own the events.
 * @throws StoreUnusable with reason `role_not_restricted` when the role could change events all the same, or when the events cannot be
 * taken from who owns them; what `migrate` throws.
 */
export async function prepareEvents(
  owner: Pool,
  { schema = 'guichet', role }: { readonly schema?: string; readonly role: string },
): Promise<void> {
  await assertRestricted(owner, role)
  await takeOver(owner, schema)
  await migrate(owner, schema)
  const { rows } = await owner.query<{ allowed: boolean }>(
    `select has_database_privilege(r, current_database(), 'create') and has_schema_privilege(r, s, 'usage')
       and has_table_privilege(r, s || '.events', 'select') and has_table_privilege(r, s || '.events', 'insert')
       and has_table_privilege(r, s || '.identity', 'select') and has_table_privilege(r, s || '.migrations', 'select')
       and has_sequence_privilege(r, s || '.events_position', 'usage') as allowed
     from (select $1::name as r, $2::text as s) as given`,
    [role, schema],
  )
  if (!rows[0]?.allowed) await owner.query(grants(schema, pg.escapeIdentifier(role), await databaseOf(owner)))
}

const grants = (schema: string, role: string, database: string): string => `
  ${alone(schema)};
  grant create on database ${database} to ${role};
  grant usage on schema ${schema} to ${role};
  grant select, insert on ${schema}.events to ${role};
  grant select on ${schema}.identity, ${schema}.migrations to ${role};
  grant usage on sequence ${schema}.events_position to ${role}`

/** One process at a time, until the end of the statements that are sent with it. */
const alone = (schema: string): string => `select pg_advisory_xact_lock(hashtextextended('roles of ${schema}', 0))`

async function databaseOf(owner: Pool): Promise<string> {
  const { rows } = await owner.query<{ name: string }>('select current_database() as name')
  return pg.escapeIdentifier(rows[0]?.name ?? '')
}

/** Makes the connected role the owner of a schema and of everything in it; nothing where it is, or where there is no schema yet. */
async function takeOver(owner: Pool, schema: string): Promise<void> {
  const client = await owner.connect()
  try {
    const { rows } = await client.query<{ present: string }>(
      `select pg_get_userbyid(nspowner) as present from pg_namespace where nspname = $1 and pg_get_userbyid(nspowner) <> current_user`,
      [schema],
    )
    const [found] = rows
    if (found) await reassign(client, schema).catch((cause: unknown) => refuse(schema, found.present, cause))
  } finally {
    client.release()
  }
}

function refuse(schema: string, present: string, cause: unknown): never {
  const { message } = cause as Error
  const reason = `the schema ${schema} belongs to ${present}, and cannot be taken over: ${message}`
  throw new StoreUnusable('role_not_restricted', reason)
}

/** Sequences of columns follow their tables. */
const reassign = (client: PoolClient, schema: string): Promise<unknown> =>
  client.query(`
    ${alone(schema)};
    do $$
    declare
      command text;
    begin
      for command in
        select format('alter schema %I owner to current_user', '${schema}')
        union all
        select format('alter table %s owner to current_user', c.oid::regclass) from pg_class c
        where c.relnamespace = '${schema}'::regnamespace and c.relkind in ('r', 'p', 'v')
        union all
        select format('alter routine %s owner to current_user', p.oid::regprocedure) from pg_proc p
        where p.pronamespace = '${schema}'::regnamespace
      loop
        execute command;
      end loop;
    end
    $$`)
