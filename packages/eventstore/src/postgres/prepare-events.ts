import type { Pool, PoolClient } from 'pg'
import pg from 'pg'
import { StoreUnusable } from '../failure.ts'
import { migrateSchema, SchemaTooNew } from '../migrate-schema.ts'
import { appendOnly, events, identity, readAllByBytes } from './migrations.ts'

/**
 * Migrates the event store's schema, as its owner, and lets a role that is not its owner append and read. A schema that
 * the role has created becomes the owner's. The role may also create schemas of its own in the database, for data
 * derived from the events.
 * @param owner connects as the future owner of the events.
 * @throws StoreUnusable with reason `role_not_restricted` when the role could still change events, or when the events
 * cannot be taken from their present owner; the errors of `migrate`.
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

/** Admits one process at a time, until the end of the statements that are sent with it. */
const alone = (schema: string): string => `select pg_advisory_xact_lock(hashtextextended('roles of ${schema}', 0))`

async function databaseOf(owner: Pool): Promise<string> {
  const { rows } = await owner.query<{ name: string }>('select current_database() as name')
  return pg.escapeIdentifier(rows[0]?.name ?? '')
}

/**
 * Makes the connected role the owner of a schema and its contents; does nothing where it already is, or where there is
 * no schema.
 */
async function takeOver(owner: Pool, schema: string): Promise<void> {
  const client = await owner.connect()
  try {
    const { rows } = await client.query<{ present: string }>(
      `select pg_get_userbyid(nspowner) as present from pg_namespace where nspname = $1 and pg_get_userbyid(nspowner) <> current_user`,
      [schema],
    )
    const [row] = rows
    if (row) await reassign(client, schema).catch((cause: unknown) => refuse(schema, row.present, cause))
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
      -- Another process has taken it over meanwhile, and migrates it now.
      if (select pg_get_userbyid(nspowner) = current_user from pg_namespace where nspname = '${schema}') then
        return;
      end if;
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

type Rights = { readonly owner: boolean; readonly superuser: boolean; readonly member: boolean }

/**
 * Refuses a role that could change events which the connected role owns, or will own.
 * @throws StoreUnusable with reason `role_not_restricted`, also when the role does not exist.
 */
async function assertRestricted(owner: Pool, role: string): Promise<void> {
  const { rows } = await owner.query<Rights>(
    `select rolname = current_user as owner, rolsuper as superuser, pg_has_role(oid, current_user, 'member') as member
     from pg_roles where rolname = $1`,
    [role],
  )
  const [rights] = rows
  if (!rights) throw new StoreUnusable('role_not_restricted', `the database has no role ${role}`)
  refuseUnrestricted(role, rights)
}

/**
 * Refuses the connected role where another role appends the events or owns them, and the connected role could still
 * change them. A role that both owns and appends them is accepted; so is any role where there are no events yet. A role
 * is the one that appends where it may insert and not update, as `prepareEvents` grants it.
 * @throws StoreUnusable with reason `role_not_restricted`.
 */
export async function assertRunningRole(pool: Pool, schema = 'guichet'): Promise<void> {
  const { rows } = await pool.query<Rights & { role: string; appender: string | null }>(
    `select current_user as role, r.oid = c.relowner as owner, r.rolsuper as superuser,
       pg_has_role(c.relowner, 'member') as member, (
         select pg_get_userbyid(grantee) from aclexplode(c.relacl)
         where grantee not in (0, c.relowner) group by grantee
         having bool_or(privilege_type = 'INSERT') and not bool_or(privilege_type = 'UPDATE') order by 1 limit 1
       ) as appender
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.rolname = current_user
     where n.nspname = $1 and c.relname = 'events'`,
    [schema],
  )
  const [rights] = rows
  if (!rights || (rights.owner && rights.appender === null)) return
  refuseUnrestricted(rights.role, rights, rights.appender ?? undefined)
}

function refuseUnrestricted(role: string, { owner, superuser, member }: Rights, appender?: string): void {
  const why = owner
    ? 'owns the events'
    : superuser
      ? 'is a superuser'
      : member
        ? 'is a member of their owner'
        : undefined
  if (why === undefined) return
  const instead = appender === undefined ? '' : `, which ${appender} appends`
  throw new StoreUnusable('role_not_restricted', `the role ${role} could change events: it ${why}${instead}`)
}

const schemaName = /^[a-z_][a-z0-9_]{0,49}$/

/**
 * Migrates the event store's schema.
 * @throws RangeError for a schema name other than lower-case letters, digits and underscores; StoreUnusable when
 * Postgres is older than 14 or the schema is newer than this program.
 */
export async function migrate(pool: Pool, schema: string): Promise<void> {
  if (!schemaName.test(schema)) throw new RangeError(`not a schema name: ${schema}`)
  await assertPostgresVersion(pool)
  try {
    const steps = [events, identity, appendOnly, readAllByBytes].map((step) => step(schema))
    await migrateSchema(pool, { schema, part: 'events', steps })
  } catch (error) {
    throw error instanceof SchemaTooNew ? new StoreUnusable('schema_too_new', error.message) : error
  }
}

async function assertPostgresVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as name`,
  )
  const [server] = rows
  if (server && server.number < 140_000) {
    throw new StoreUnusable('postgres_too_old', `Postgres 14 or newer is needed; this server is ${server.name}`)
  }
}
