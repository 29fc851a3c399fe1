import type { Client } from 'pg'

/** Who owns the cluster and the events in it. */
export const superuser = 'postgres'
/** Who the product runs as: it owns what is derived from the events, and appends to them. */
export const runningRole = 'guichet'

/** The address of an embedded Postgres as its superuser, whose password is that of the role of the product. */
export function ownerOfEmbedded(url: string): string {
  const owner = new URL(url)
  owner.username = superuser
  return owner.href
}

/** Creates the role of the product, or gives it the present password. */
export async function ensureRole(client: Client, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [runningRole])
  if (rowCount === 0) await client.query(`create role ${runningRole}`)
  await client.query(`alter role ${runningRole} login password ${client.escapeLiteral(password)}`)
}

/**
 * Makes what the superuser has derived from the events the role's own, as in a folder from the time when the product ran as superuser:
 * everything in the database but the events, and what belongs to extensions. Sequences of columns follow their tables.
 */
export async function handOver(client: Client): Promise<void> {
  await client.query(`
    grant create on database guichet to ${runningRole};
    grant create on schema public to ${runningRole};
    do $$
    declare
      command text;
    begin
      for command in
        with derived as (
          select oid, nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|guichet$)'
        )
        select format('alter schema %I owner to ${runningRole}', nspname) from derived
        join pg_namespace using (oid, nspname) where nspname <> 'public' and nspowner <> '${runningRole}'::regrole
        union all
        select format('alter table %s owner to ${runningRole}', c.oid::regclass) from pg_class c
        join derived on derived.oid = c.relnamespace
        where c.relowner <> '${runningRole}'::regrole and (
          c.relkind in ('r', 'p', 'v', 'm') or c.relkind = 'S' and not exists (
            select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')))
        union all
        select format('alter routine %s owner to ${runningRole}', p.oid::regprocedure) from pg_proc p
        join derived on derived.oid = p.pronamespace
        where p.proowner <> '${runningRole}'::regrole
          and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
        union all
        select format('alter type %s owner to ${runningRole}', t.oid::regtype) from pg_type t
        join derived on derived.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
        where t.typowner <> '${runningRole}'::regrole and (t.typtype in ('e', 'd') or c.relkind = 'c')
          and not exists (select from pg_depend d where d.objid = t.oid and d.classid = 'pg_type'::regclass and d.deptype = 'e')
      loop
        execute command;
      end loop;
    end
    $$`)
}
