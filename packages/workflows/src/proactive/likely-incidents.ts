import type { Pool } from 'pg'
import type { Instant, LikelyIncident } from '@guichet/domain'
import { days, instant, later, utcDay } from '@guichet/domain'

/** Trouble of many people as it was suspected last on a day, in UTC. */
export type RecordedIncident = LikelyIncident & { readonly day: string; readonly updatedAt: Instant }

/** The trouble of so many people that it may be an incident. All methods reject with the errors of the database. */
export type LikelyIncidents = {
  /** Those of the days from this one on, the latest first. */
  since(day: string, limit: number): Promise<readonly RecordedIncident[]>
  /** The one of the latest day about each of these troubles, of the days from this one on. */
  of(fingerprints: readonly string[], since: string): Promise<readonly RecordedIncident[]>
  /**
   * The ids of the customers who have the trouble of one: within the 24 hours before it was suspected last, or since
   * then on its day. Those who met it last are at the beginning. Visitors do not count.
   */
  customersOf(incident: RecordedIncident, limit: number): Promise<readonly string[]>
  /** The number that a new one gets among those of the day of an instant, from 1; undefined for one of that day. */
  rankOf(incident: LikelyIncident, at: Instant): Promise<number | undefined>
  /** Records one, once for each day, with its latest numbers. */
  record(incident: LikelyIncident, at: Instant): Promise<void>
}

type Row = { readonly day: string; readonly updatedAt: Date; readonly incident: LikelyIncident }

const columns = `to_char(day, 'YYYY-MM-DD') as day, updated_at as "updatedAt", incident`

const recorded = ({ day, updatedAt, incident }: Row): RecordedIncident => ({
  ...incident,
  day,
  updatedAt: instant(updatedAt),
})

/** The likely incidents of a database that has `activitySchema`. */
export function likelyIncidentsIn(pool: Pool): LikelyIncidents {
  return {
    since: async (day, limit) => {
      const { rows } = await pool.query<Row>(
        `select ${columns}
         from guichet_activity.likely_incident where day >= $1::date order by updated_at desc, fingerprint limit $2`,
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
    customersOf: async ({ kind, code, day, updatedAt }, limit) => {
      const { rows } = await pool.query<{ id: string }>(
        `select person_id as id from guichet_activity.trouble
         where kind = $1 and code = $2 and day between $3::date - 1 and $3::date and last_at >= $4::timestamptz
           and not by_visitor
         group by person_id order by max(last_at) desc, person_id limit $5`,
        [kind, code, day, later(updatedAt, -days(1)), limit],
      )
      return rows.map(({ id }) => id)
    },
    rankOf: async ({ fingerprint }, at) => {
      const { rows } = await pool.query<{ count: number; isRecorded: boolean }>(
        `select count(*)::integer as count, coalesce(bool_or(fingerprint = $1), false) as "isRecorded"
         from guichet_activity.likely_incident where day = $2::date`,
        [fingerprint, utcDay(at)],
      )
      const [day] = rows
      return day?.isRecorded ? undefined : (day?.count ?? 0) + 1
    },
    record: async (incident, at) => {
      await pool.query(
        `insert into guichet_activity.likely_incident as i (fingerprint, day, updated_at, incident)
         values ($1, $2::date, $3, $4)
         on conflict (fingerprint, day) do update set updated_at = excluded.updated_at, incident = excluded.incident
           where i.updated_at < excluded.updated_at - interval '1 minute'`,
        [incident.fingerprint, utcDay(at), at, JSON.stringify(incident)],
      )
    },
  }
}
