import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import pg from 'pg'
import type { Activity, Instant, ProactiveSettings } from '@guichet/domain'
import { activityFingerprint, instant, latest, utcDay } from '@guichet/domain'
import { createGroupCommit, isDatabaseAway, StoreUnavailable } from '@guichet/eventstore'
import { byInstant, createReader, readSlice } from '@guichet/projections'
import { eraseActivitiesOf } from './activity-erasure.ts'
import type { ActivityCount, ActivityDimension, ActivityStore, StoredActivity } from './activity-port.ts'
import { addDays } from './activity-tables.ts'
import { countedValues } from './counted-values.ts'
import { retryAfterLockFailure } from '../lock-failure.ts'
import type { ReceivedActivity } from './record-statement.ts'
import { recordStatement } from './record-statement.ts'
import { solvedAfterTrouble } from './tickets-after-trouble.ts'

type ActivityStoreOptions = {
  /** Connections that wait for the disk: what was acknowledged is stored. */
  readonly pool: Pool
  /** The settings in force: which kinds are critical, and how many of them mark a person for an analysis. */
  readonly settings: () => Promise<ProactiveSettings>
  /** Called after people were marked for an analysis. */
  readonly onDue: () => void
}

/** What one request reports, which is stored together, under a key of its own: no request waits for another one. */
type RecordRequest = {
  readonly stream: string
  readonly events: readonly ReceivedActivity[]
  readonly receivedAt: Instant
}

/**
 * How long requests are gathered before they are stored together, in milliseconds, and how many activities are. A
 * statement costs about a millisecond besides its rows, and whoever sends activities waits for nothing.
 */
const batching = { gatherMs: 50, maxEvents: 500, maxInFlight: 1 } as const

/** How many activities may wait to be stored: the database of so many is too slow, which is as if it were away. */
const mostWaiting = 10_000

/** Opens the activities of a database that has `activitySchema`, and the table of today. */
export function postgresActivities({ pool, settings, onDue }: ActivityStoreOptions): ActivityStore {
  const reader = createReader(pool)
  const excessPages = countedValues(pool, 'page')
  const excessVersions = countedValues(pool, 'version')
  let requests = 0
  let waiting = 0

  const store = async (received: readonly ReceivedActivity[], now: Instant): Promise<void> => {
    const day = utcDay(now)
    const pages = await excessPages(day, received)
    const versions = await excessVersions(day, received)
    const statement = recordStatement(received, now, await settings(), { pages, versions })
    const { rows } = await retryAfterLockFailure(() => pool.query<{ readonly due: boolean }>(statement))
    if (rows[0]?.due) onDue()
  }

  const batches = createGroupCommit<RecordRequest, 'stored'>({
    ...batching,
    concernsAll: isDatabaseAway,
    send: async (batch) => {
      const received = batch.flatMap(({ events }) => events)
      const now = batch.map(({ receivedAt }) => receivedAt).reduce((one, other) => latest(one, other))
      try {
        await store(received, now)
      } catch (error) {
        if (!lacksDay(error)) throw error
        for (const { receivedAt } of batch) await addDays(pool, receivedAt)
        await store(received, now)
      }
      return batch.map(() => 'stored' as const)
    },
  })

  return {
    record: async (reports, now) => {
      const events = reports.flatMap(({ person, activities }) =>
        activities.map((activity) => ({ person, activity, receivedAt: now })),
      )
      if (events.length === 0) return
      if (waiting >= mostWaiting) throw new StoreUnavailable(`${waiting} activities wait to be stored`)
      waiting += events.length
      try {
        await batches.submit({ stream: String(++requests), events, receivedAt: now })
      } finally {
        waiting -= events.length
      }
    },

    find: async (personId, id) => {
      const { rows } = await pool.query<ActivityRow>(
        `select ${storedColumns} from guichet_activity.activity a where a.person_id = $1 and a.id = $2
         order by a.day limit 1`,
        [personId, id],
      )
      return rows.map(toActivity)[0]
    },

    pageOf: (personIds, page) =>
      readSlice(
        reader,
        {
          columns: sql.raw(storedColumns),
          from: sql`guichet_activity.activity a`,
          where: ofPeople(personIds),
          ordering: byInstant({ expression: sql`a.at`, id: sql`a.id`, direction: 'desc' }),
        },
        page,
        toActivity,
      ),

    solvedAfter: (...parameters) => solvedAfterTrouble(pool, ...parameters),

    searchedBy: async (personIds, { from, to }, limit) => {
      const { rows } = await pool.query<{ query: string }>(
        `select detail ->> 'query' as query from guichet_activity.activity
         where person_id = any($1::text[]) and day between $2::date and $3::date
           and at between $4::timestamptz and $5::timestamptz
           and (critical or kind = 'faq_search') and kind = 'faq_search' and detail ->> 'query' is not null
           and coalesce((detail -> 'opened')::text, 'false') <> 'true'
         order by at desc, id desc limit $6`,
        [personIds, utcDay(from), utcDay(to), from, to, limit],
      )
      return rows.map(({ query }) => query)
    },

    countsBy: async (dimension, { from, to }, limit) => {
      if (dimension === 'trouble') return troublesOf(pool, from, to, limit)
      const { rows } = await pool.query<Omit<ActivityCount, 'people'>>(
        `with daily as (
           select ${columns[dimension]} as value, day, sum(count)::float8 as count from guichet_activity.activity_count
           where day between $1::date and $2::date group by 1, 2
         )
         select value, sum(count) as count, ${countsByDay} as days from daily group by value
         order by ${dimension === 'day' ? 'value' : 'count desc, value'} limit $3`,
        [from, to, limit],
      )
      return rows.map((row) => ({ ...row, people: undefined }))
    },

    erase: (personIds) => eraseActivitiesOf(pool, personIds),
  }
}

const storedColumns = 'a.person_id as "personId", a.id, a.kind, a.code, a.at, a.page, a.version, a.browser, a.detail'

/** The activities under some ids; those under a single one are in the order of an index, those under more are sorted. */
const ofPeople = (personIds: readonly string[]): RawBuilder<unknown> =>
  personIds.length === 1 ? sql`a.person_id = ${personIds[0]}` : sql`a.person_id = any(${[...personIds]}::text[])`

const columns: Readonly<Record<Exclude<ActivityDimension, 'trouble'>, string>> = {
  kind: 'kind',
  page: 'page',
  version: 'version',
  day: `to_char(day, 'YYYY-MM-DD')`,
}

/** The counts of `daily`, as JSON. */
const countsByDay = `json_agg(json_build_object('day', to_char(day, 'YYYY-MM-DD'), 'count', count) order by day)`

/** Whether there is no table for the day of an activity. */
const lacksDay = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23514'

type ActivityRow = Omit<Activity, 'at' | 'page' | 'version'> & {
  readonly personId: string
  readonly at: Date
  readonly page: string | null
  readonly version: string | null
  readonly browser: string | null
}

const toActivity = ({ personId, id, kind, code, at, page, version, browser, detail }: ActivityRow): StoredActivity => ({
  personId,
  id,
  kind,
  code,
  at: instant(at),
  page: page ?? undefined,
  version: version ?? undefined,
  browser: browser ?? undefined,
  detail,
})

async function troublesOf(pool: Pool, from: string, to: string, limit: number): Promise<readonly ActivityCount[]> {
  const { rows } = await pool.query<Omit<ActivityCount, 'value'> & Pick<Activity, 'kind' | 'code'>>(
    `with daily as (
       select kind, code, day, sum(count)::float8 as count, count(*)::integer as people from guichet_activity.trouble
       where day between $1::date and $2::date group by kind, code, day
     )
     select kind, code, sum(count) as count, sum(people)::integer as people, ${countsByDay} as days
     from daily group by kind, code order by count desc, kind, code limit $3`,
    [from, to, limit],
  )
  return rows.map(({ kind, code, ...counts }) => ({ value: activityFingerprint({ kind, code }), ...counts }))
}
