import type { QueryConfig } from 'pg'
import type { Activity, Instant, ProactiveSettings } from '@guichet/domain'
import { days, hours, isAnsweredSearch, isVisitorId, later, minutes, utcDay } from '@guichet/domain'
import type { ActivityPerson } from './activity-port.ts'

/** An activity of a person, and when it was received. */
export type ReceivedActivity = {
  readonly person: ActivityPerson
  readonly activity: Activity
  readonly receivedAt: Instant
}

/** The pages and versions that are counted as none. */
type ExcessValues = { readonly pages: readonly string[]; readonly versions: readonly string[] }

/**
 * The statement that stores activities that are not stored yet, counts them, and marks those people for an analysis who
 * have enough critical ones. Its row says whether anybody is marked (`due`).
 */
export function recordStatement(
  received: readonly ReceivedActivity[],
  now: Instant,
  { critical, within, repeatsWithin, threshold, enabled }: ProactiveSettings,
  { pages, versions }: ExcessValues,
): QueryConfig {
  const kinds = new Set(critical)
  const rows = received.map((each) => rowOf(each, kinds.has(each.activity.kind) && !isAnsweredSearch(each.activity)))
  const visitors = [...new Set(received.map(({ person }) => person.id))].filter(isVisitorId)
  return {
    name: 'guichet_activity.record',
    text: recordActivities,
    values: [JSON.stringify(rows), repeatsWithin, later(now, -within), threshold, enabled, visitors, pages, versions],
  }
}

const rowOf = ({ person, activity, receivedAt }: ReceivedActivity, critical: boolean) => {
  const { at } = activity
  const search = searchOf(Date.parse(at), Date.parse(receivedAt))
  return { ...activity, day: utcDay(at), person_id: person.id, critical, search, browser: person.browser }
}

/** By how much the moments of two sendings of an activity differ that arrive soon: they take differently long. */
const slack = minutes(1)

/** Within which time of midnight an activity that was sent the day before may be sent again as it was. */
const repeatedWithin = hours(1)

/**
 * On which days an activity may be stored beside its own. The moment of a sending is that of its reception less the time
 * that the sender has waited, a day at most: one that waited longer gets a later moment each time, and one close to
 * midnight may get one on its other side, as may one that is sent again as it was, soon after. Any other gets the day
 * that it had.
 */
function searchOf(moment: number, receivedAt: number): 'all' | 'adjacent' | undefined {
  if (receivedAt - moment >= days(1) - slack) return 'all'
  const ofDay = moment % days(1)
  return ofDay < repeatedWithin || ofDay >= days(1) - slack ? 'adjacent' : undefined
}

/**
 * Adds moments of critical activities to an analysis (`a`), in SQL: it is due with as many ($4) since an instant ($3),
 * unless analyses are turned off ($5).
 */
export const addMoments = `on conflict (person_id) do update set (critical_at, due_at, revision) = (
  select newest.moments,
    case when newest.enough
      then coalesce(a.due_at, greatest(now(), a.analysed_at + interval '1 second', a.quiet_until))
      else a.due_at
    end,
    a.revision + newest.enough::integer
  from (
    select array_agg(m.at order by m.at desc) as moments,
      $5::boolean and count(*) filter (where m.at > $3::timestamptz) >= $4::integer as enough
    from (
      select u.at from unnest(a.critical_at || excluded.critical_at) as u (at) order by u.at desc limit $4::integer
    ) m
  ) newest)`

/**
 * Stores activities ($1, as JSON), and everything that follows. Each step but the first waits for the one before, by
 * asking for the number of its rows, so that all statements lock rows in the same order: activities, people by day,
 * analyses, trouble, counts; those that others want most are locked last. `eraseActivitiesOf` has the same order.
 *
 * An id is searched for on the days on which it may be (`search`); the other activities meet it under the same key. Of a person with critical activities one row is locked, whatever their days: of two statements that store
 * the second and the third one, the later one has both. They are due with as many ($4) since an instant ($3), unless
 * analyses are turned off ($5). Repeats within $2 milliseconds count once as trouble; $6 are visitors. The pages $7 and
 * the versions $8 are counted as none.
 */
const recordActivities = `
with reported as materialized (
  select * from json_to_recordset($1::json) as r (
    day date, person_id text, id text, kind text, code text, at timestamptz, critical boolean, search text, page text,
    version text, browser text, detail json)
), stored as (
  insert into guichet_activity.activity
    (day, person_id, id, kind, code, at, critical, page, version, browser, detail)
  select distinct on (r.person_id, r.id)
    r.day, r.person_id, r.id, r.kind, r.code, r.at, r.critical, r.page, r.version, r.browser, r.detail
  from reported r
  where r.search is null or (
    select true from guichet_activity.activity a where a.person_id = r.person_id and a.id = r.id
      and a.day between (case r.search when 'adjacent' then r.day - 1 else '-infinity' end)
        and (case r.search when 'adjacent' then r.day + 1 else 'infinity' end) limit 1
  ) is null
  order by r.person_id, r.id, r.at
  on conflict do nothing
  returning day, person_id, kind, code, at, critical, page, version
), active as (
  insert into guichet_activity.active_person as p (person_id, day, by_visitor, critical)
  select * from (
    select person_id, day, person_id = any($6::text[]), count(*) filter (where critical) as critical
    from stored group by 1, 2
  ) as people
  where critical > 0 or not exists (
    select from guichet_activity.active_person p where p.day = people.day and p.person_id = people.person_id)
  order by 1, 2
  on conflict (person_id, day) do update set critical = p.critical + excluded.critical where excluded.critical > 0
  returning 1
), marked as (
  insert into guichet_activity.analysis as a (person_id, critical_at, due_at)
  select person_id, (array_agg(at order by at desc))[1:$4::integer],
    case when $5::boolean and count(*) filter (where at > $3::timestamptz) >= $4::integer then now() end
  from stored where critical and (select count(*) from active) >= 0
  group by person_id order by person_id
  ${addMoments}
  returning due_at
), troubled as (
  insert into guichet_activity.trouble as t
    (kind, code, day, person_id, by_visitor, count, first_at, counted_at, last_at)
  select c.kind, c.code, c.day, c.person_id, c.person_id = any($6::text[]), w.counted, c.first_at, w.counted_at,
    c.last_at
  from (
    select kind, code, day, person_id, array_agg(at order by at) as moments, min(at) as first_at, max(at) as last_at
    from stored where critical and (select count(*) from marked) >= 0
    group by kind, code, day, person_id
  ) c
  cross join lateral guichet_activity.without_repeats(
    c.moments,
    (select b.counted_at from guichet_activity.trouble b
     where b.kind = c.kind and b.code = c.code and b.day = c.day and b.person_id = c.person_id),
    $2::float8 * interval '1 millisecond') w
  order by 1, 2, 3, 4
  on conflict (kind, code, day, person_id) do update set
    count = t.count + excluded.count, first_at = least(t.first_at, excluded.first_at),
    counted_at = greatest(t.counted_at, excluded.counted_at), last_at = greatest(t.last_at, excluded.last_at)
  returning 1
), counted as (
  insert into guichet_activity.activity_count as c (day, kind, page, version, count)
  select day, kind, case when page = any($7::text[]) then '' else coalesce(page, '') end,
    case when version = any($8::text[]) then '' else coalesce(version, '') end, count(*)
  from stored where (select count(*) from troubled) >= 0
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (day, kind, page, version) do update set count = c.count + excluded.count
)
select count(*) filter (where due_at <= now()) > 0 as due from marked`
