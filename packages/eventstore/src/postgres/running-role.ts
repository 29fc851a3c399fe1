import type { Pool } from 'pg'
import { StoreUnusable } from '../failure/index.ts'

type Rights = { readonly owner: boolean; readonly superuser: boolean; readonly member: boolean }

/**
 * Refuses a role that could change events which the connected role owns, or will own.
 * @throws StoreUnusable with reason `role_not_restricted`, also when there is no such role.
 */
export async function assertRestricted(owner: Pool, role: string): Promise<void> {
  const { rows } = await owner.query<Rights>(
    `select rolname = current_user as owner, rolsuper as superuser, pg_has_role(oid, current_user, 'member') as member
     from pg_roles where rolname = $1`,
    [role],
  )
  const [found] = rows
  if (!found) throw new StoreUnusable('role_not_restricted', `the database has no role ${role}`)
  refuseUnrestricted(role, found)
}

/**
 * Refuses the connected role where another one is to append the events, or to own them, and it could change them all the
 * same. A role that owns them and appends them itself may go on; so may any where there are none yet. Another role is to append
 * them where it may insert and not update, as `prepareEvents` grants it.
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
  const [found] = rows
  if (!found || (found.owner && found.appender === null)) return
  refuseUnrestricted(found.role, found, found.appender ?? undefined)
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
