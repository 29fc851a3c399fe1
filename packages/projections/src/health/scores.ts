import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { HealthSettings, HealthTerm, Instant } from '@guichet/domain'
import { healthTerms } from '@guichet/domain'
import { readSchema } from '../reading/reader.ts'
import { anyOf } from '../reading/slice.ts'

/** Whose scores. */
export type HealthSubject = 'customers' | 'organisations'

/** An instant in a statement. */
export type Moment = RawBuilder<unknown>

/** An instant as a value of a statement. */
export const moment = (at: Instant): Moment => sql`${at}::timestamptz`

/**
 * Selects the scores of all customers, or organisations, to whom something happened that counts at one of the instants:
 * their `id`, and a column for each of the instants. These are the scores that `healthAt` gives, which lists sort by.
 * @param organisationId selects customers who are its members.
 */
export function scoresOf(
  subject: HealthSubject,
  moments: Readonly<Record<string, Moment>>,
  settings: HealthSettings,
  organisationId?: string,
): RawBuilder<unknown> {
  const columns = Object.entries(moments).map(([name, at]) => sql`${scoreAt(at, settings)} as ${sql.id(name)}`)
  const isRecent = anyOf(Object.values(moments).map((at) => isCounted(at, settings)))
  return sql`
    with recursive recent as materialized (
      select s.customer_id, s.term, s.at, s.until, s.rating from ${view('health_signal')} s where ${isRecent}
    ), person as (
      select c.id as customer_id, c.id as survivor, c.merged_into, c.member_of from ${view('customer')} c
      where c.id in (select customer_id from recent)
      union select p.customer_id, c.id, c.merged_into, c.member_of
      from person p join ${view('customer')} c on c.id = p.merged_into
    ), subject as (${subject === 'customers' ? customersAmong(organisationId) : organisationsAmong(settings)})
    select u.id, ${sql.join(columns)} from recent s join subject u on u.customer_id = s.customer_id
    group by u.id, u.size`
}

/** The view of a table of the live generation. */
export const view = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema)}.${sql.id(name)}`

const customersAmong = (organisationId: string | undefined): RawBuilder<unknown> => sql`
  select p.customer_id, p.survivor as id, 1::bigint as size from person p
  where p.merged_into is null and ${organisationId === undefined ? sql`true` : sql`p.member_of = ${organisationId}`}`

const organisationsAmong = ({ membersPerCustomer }: HealthSettings): RawBuilder<unknown> => sql`
  select p.customer_id, p.member_of as id, greatest(1, ceil(m.members / ${membersPerCustomer}::numeric))::bigint as size
  from person p join (
    select c.member_of, count(*) as members from ${view('customer')} c
    where c.merged_into is null and c.member_of is not null group by c.member_of
  ) m on m.member_of = p.member_of
  where p.merged_into is null`

/** Whether a case, which is called `s`, counts at an instant, as in the domain. */
export const isCounted = (at: Moment, { within, waitsAfter, lowRating }: HealthSettings): RawBuilder<unknown> => sql`(
  (s.term <> 'waits' and s.at <= ${at} and s.at > ${before(at, within)} and (s.until is null or s.until > ${at})
    and (s.rating is null or s.rating <= ${lowRating}::integer))
  or (s.term = 'waits' and s.at <= ${before(at, waitsAfter)} and (s.until is null or s.until > ${at})))`

/** The instant so many milliseconds before another one. */
export const before = (at: Moment, milliseconds: number): RawBuilder<unknown> =>
  sql`${at} - ${milliseconds}::float8 * interval '1 millisecond'`

function scoreAt(at: Moment, settings: HealthSettings): RawBuilder<unknown> {
  const points = healthTerms.map((term) => pointsAt(term, at, settings))
  return sql`(100 - ${sql.join(points, sql` - `)})::integer`
}

/** The points of a term: of whole numbers, so that they are those of the domain to the last one. */
function pointsAt(term: HealthTerm, at: Moment, settings: HealthSettings): RawBuilder<unknown> {
  const { points, limit } = settings.terms[term]
  const full = sql`(${limit}::bigint * u.size)`
  const count = sql`count(*) filter (where s.term = ${term}::text and ${isCounted(at, settings)})`
  return sql`least(${count}, ${full}) * ${points}::bigint / ${full}`
}
