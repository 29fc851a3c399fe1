import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Activity } from '@guichet/domain'
import { createReader, idsOfPersons, isSolved, readSchema } from '@guichet/projections'
import { followedWithin } from './pattern-source.ts'

/**
 * Among how many resolved tickets those after trouble are looked for: the latest. They are read in the order of an index
 * and filtered afterwards; each costs a look by the index of the troubles of a person, and two for whoever was merged.
 */
const mostLookedAt = 500

/**
 * The solved tickets, opened from no draft, whose customers had met a trouble within three days before, more than once
 * on a day: those that were resolved last, among the last five hundred that were resolved of these customers.
 * @param pool of a database that has `activitySchema` and the read models.
 * @param customerIds whose tickets alone; everybody's by default.
 */
export async function solvedAfterTrouble(
  pool: Pool,
  { kind, code }: Pick<Activity, 'kind' | 'code'>,
  limit: number,
  customerIds?: readonly string[],
): Promise<readonly string[]> {
  const theirs = customerIds === undefined ? sql`` : sql`and t.customer_id = any(${[...customerIds]}::text[])`
  const within = sql`${followedWithin} * interval '1 millisecond'`
  const dayOf = (moment: unknown) => sql`((${moment}) at time zone 'UTC')::date`
  const rows = await createReader(pool).rows(sql<{ readonly id: string }>`
    with resolved as (
      select t.id, t.customer_id, t.opened_at, t.resolved_at, t.shown from ${sql.id(readSchema, 'ticket')} t
      where t.resolved_at is not null ${theirs} and (
        select m.day from guichet_activity.trouble m where m.kind = ${kind} and m.code = ${code} order by m.day limit 1
      ) is not null
      order by t.resolved_at desc, t.id desc limit ${mostLookedAt}
    )
    select s.id from resolved s
    cross join lateral (select case when exists (
        select from ${customers} c where c.id = s.customer_id and c.merged_into is not null
      ) or exists (select from ${customers} c where c.merged_into = s.customer_id)
      then ${idsOfPersons(sql`array[s.customer_id]`)} else array[s.customer_id] end as ids) p
    where ${isSolved('s')} and s.shown -> 'draft' is null and exists (
      select from guichet_activity.trouble m
      where m.kind = ${kind} and m.code = ${code} and m.person_id = any(p.ids) and m.count > 1
        and m.day between ${dayOf(sql`s.opened_at - ${within}`)} and ${dayOf(sql`s.opened_at`)}
        and s.opened_at >= m.first_at and s.opened_at < m.last_at + ${within})
    order by s.resolved_at desc, s.id desc limit ${limit}`)
  return rows.map(({ id }) => id)
}

const customers = sql.id(readSchema, 'customer')
