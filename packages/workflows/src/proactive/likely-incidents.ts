import type { Pool } from 'pg'
import type { Instant, LikelyIncident, TroubleRun } from '@guichet/domain'
import { days, instant, later, utcDay } from '@guichet/domain'

/** Trouble of many people, and whether visitors alone have met it within a day: anybody may be any number of them. */
export type CountedIncident = LikelyIncident & { readonly byVisitors: boolean }

/** Trouble of many people as it was suspected last on a day, in UTC. */
export type RecordedIncident = LikelyIncident & TroubleRun & { readonly day: string; readonly updatedAt: Instant }

/** The trouble of so many people that it may be an incident. All methods reject with the errors of the database. */
export type LikelyIncidents = {
  /** Those of the days from this one on, the latest first; where there are more, rather not those of visitors alone. */
  since(day: string, limit: number): Promise<readonly RecordedIncident[]>
  /** The one of the latest day about each of these troubles, of the days from this one on. */
  of(fingerprints: readonly string[], since: string): Promise<readonly RecordedIncident[]>
  /** The runs of each of these troubles, for as long as activities are stored, the latest first. */
  runsOf(fingerprints: readonly string[]): Promise<readonly TroubleRun[]>
  /**
   * The ids of the customers who have the trouble of one: within the 24 hours before it was suspected last, or since
   * then on its day. Those who met it last are at the beginning, visitors at the end: nobody else may have it.
   */
  customersOf(incident: RecordedIncident, limit: number): Promise<readonly string[]>
  /**
   * The number that a new one gets, from 1, among those that begin on the day of an instant and that visitors alone have
   * met, or among the others that begin then. One of visitors alone is new again once a customer meets it. Undefined for
   * one that is recorded for that day or the day before: it goes on.
   */
  rankOf(incident: Pick<CountedIncident, 'fingerprint' | 'byVisitors'>, at: Instant): Promise<number | undefined>
  /** Records one, once for each day, with its latest numbers. Its first day is that of the day before, if it goes on. */
  record(incident: CountedIncident, at: Instant): Promise<void>
}

type Row = {
  readonly day: string
  readonly firstDay: string
  readonly updatedAt: Date
  readonly incident: LikelyIncident
}

const columns = `to_char(day, 'YYYY-MM-DD') as day, to_char(first_day, 'YYYY-MM-DD') as "firstDay",
  updated_at as "updatedAt", incident`

const byVisitors = `coalesce((incident ->> 'byVisitors')::boolean, false)`

const recorded = ({ day, firstDay, updatedAt, incident }: Row): RecordedIncident => ({
  ...incident,
  day,
  firstDay,
  updatedAt: instant(updatedAt),
})

/** The likely incidents of a database that has `activitySchema`. */
export function likelyIncidentsIn(pool: Pool): LikelyIncidents {
  return {
    since: async (day, limit) => {
      const { rows } = await pool.query<Row>(
        `select ${columns} from (
           select * from guichet_activity.likely_incident where day >= $1::date
           order by ${byVisitors}, updated_at desc, fingerprint limit $2
         ) as i order by updated_at desc, fingerprint`,
        [day, limit],
      )
      return rows.map(recorded)
    },
    of: async (fingerprints, since) => {
      const { rows } = await pool.query<Row>(
        `select distinct on (fingerprint) ${columns}
         from guichet_activity.likely_incident i where fingerprint = any($1) and day >= $2::date
         order by fingerprint, i.day desc`,
        [fingerprints, since],
      )
      return rows.map(recorded)
    },
    runsOf: async (fingerprints) => {
      const { rows } = await pool.query<TroubleRun>(
        `select fingerprint, to_char(first_day, 'YYYY-MM-DD') as "firstDay"
         from guichet_activity.likely_incident where fingerprint = any($1)
         group by fingerprint, first_day order by first_day desc, fingerprint`,
        [fingerprints],
      )
      return rows
    },
    customersOf: async ({ kind, code, day, updatedAt }, limit) => {
      const { rows } = await pool.query<{ id: string }>(
        `select person_id as id from guichet_activity.trouble
         where kind = $1 and code = $2 and day between $3::date - 1 and $3::date and last_at >= $4::timestamptz
         group by person_id, by_visitor order by by_visitor, max(last_at) desc, person_id limit $5`,
        [kind, code, day, later(updatedAt, -days(1)), limit],
      )
      return rows.map(({ id }) => id)
    },
    rankOf: async ({ fingerprint, byVisitors: isOfVisitors }, at) => {
      const { rows } = await pool.query<{ count: number; isRecorded: boolean }>(
        `select count(*) filter (where first_day = $2::date and ${byVisitors} = $3::boolean)::integer as count,
           coalesce(bool_or(fingerprint = $1 and ($3::boolean or not ${byVisitors})), false) as "isRecorded"
         from guichet_activity.likely_incident
         where day = $2::date or (day = $2::date - 1 and fingerprint = $1)`,
        [fingerprint, utcDay(at), isOfVisitors],
      )
      const [day] = rows
      return day?.isRecorded ? undefined : (day?.count ?? 0) + 1
    },
    record: async (incident, at) => {
      await pool.query(
        `insert into guichet_activity.likely_incident as i (fingerprint, day, first_day, updated_at, incident)
         values ($1, $2::date, coalesce((
           select b.first_day from guichet_activity.likely_incident b where b.fingerprint = $1 and b.day = $2::date - 1
         ), $2::date), $3, $4)
         on conflict (fingerprint, day) do update set updated_at = excluded.updated_at, incident = excluded.incident
           where i.updated_at < excluded.updated_at - interval '1 minute'`,
        [incident.fingerprint, utcDay(at), at, JSON.stringify(incident)],
      )
    },
  }
}
