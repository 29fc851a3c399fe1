import type { Pool, PoolClient } from 'pg'
import { parseStream } from '@guichet/domain'
import { inTransaction } from '@guichet/eventstore'
import type { ReadPersonIds } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import type { ActivityStore } from './activity-port.ts'
import { retryAfterLockFailure } from '../lock-failure.ts'

/** How many activities with the same day, kind, page and version were removed; empty texts for none. */
type RemovedActivities = {
  readonly day: string
  readonly kind: string
  readonly page: string
  readonly version: string
  readonly count: number
}

/**
 * Removes the activities of customers whose record was taken back with its import, and of the visitors whom they have
 * claimed. A record that somebody was merged into is not taken back. The deletion of a stream is no event: whoever deletes
 * a customer's removes their activities by `guichet activities erase`.
 */
export const eraseActivities = (activities: Pick<ActivityStore, 'erase'>, personIds: ReadPersonIds): Reaction =>
  reaction({
    name: 'erase_activities',
    on: ['CustomerImportWithdrawn'],
    inAnyOrder: true,
    react: async ({ stream, position }, desk) => {
      await activities.erase(await personIds(desk, parseStream(stream).id, position))
    },
  })

/**
 * Removes all that is stored of people, and takes it out of the counts. Returns the number of activities. Rejects with
 * the errors of the database.
 */
export async function eraseActivitiesOf(pool: Pool, personIds: readonly string[]): Promise<number> {
  if (personIds.length === 0) return 0
  return retryAfterLockFailure(() => inTransaction(pool, (client) => erase(client, personIds)))
}

/** Locks in the order of `recordStatement`: whoever records waits for it, or it waits for them, and never both. */
async function erase(client: PoolClient, personIds: readonly string[]): Promise<number> {
  const { rows: removed } = await client.query<RemovedActivities>(
    `with gone as (
       delete from guichet_activity.activity where person_id = any($1::text[]) returning day, kind, page, version
     )
     select to_char(day, 'YYYY-MM-DD') as day, kind, coalesce(page, '') as page, coalesce(version, '') as version,
       count(*)::integer as count
     from gone group by 1, 2, 3, 4`,
    [personIds],
  )
  for (const table of ['active_person', 'analysis', 'trouble'])
    await client.query(`delete from guichet_activity.${table} where person_id = any($1::text[])`, [personIds])
  await client.query(`delete from guichet_activity.health_alert where subject = 'customers' and id = any($1::text[])`, [
    personIds,
  ])
  if (removed.length > 0) await takeOutOfCounts(client, removed)
  return removed.reduce((sum, { count }) => sum + count, 0)
}

/** The removed activities ($1, as JSON) as rows. */
const removedRows = `
  json_to_recordset($1::json) as r (day date, kind text, page text, version text, count bigint)`

/** Which rows may have counted removed activities: pages and versions beyond the first ones count as none. */
const mayHaveCounted = `c.day = r.day and c.kind = r.kind
  and c.page = any(array[r.page, '']) and c.version = any(array[r.version, ''])`

/** Takes activities out of the counts: those of their page and version, or else of none, as far as there are any. */
async function takeOutOfCounts(client: PoolClient, removed: readonly RemovedActivities[]): Promise<void> {
  const values = [JSON.stringify(removed)]
  await client.query(
    `select 1 from guichet_activity.activity_count c
     where exists (select from ${removedRows} where ${mayHaveCounted})
     order by c.day, c.kind, c.page, c.version for update`,
    values,
  )
  await client.query(
    `with counted as (
       select distinct on (r.day, r.kind, r.page, r.version) r.count, c.day, c.kind, c.page, c.version
       from ${removedRows} join guichet_activity.activity_count c on ${mayHaveCounted}
       order by r.day, r.kind, r.page, r.version, (c.page = r.page) desc, (c.version = r.version) desc
     ), less as (
       select day, kind, page, version, sum(count)::bigint as count from counted group by 1, 2, 3, 4
     )
     update guichet_activity.activity_count c set count = c.count - l.count from less l
     where c.day = l.day and c.kind = l.kind and c.page = l.page and c.version = l.version`,
    values,
  )
  await client.query(
    `delete from guichet_activity.activity_count c using ${removedRows} where ${mayHaveCounted} and c.count <= 0`,
    values,
  )
}
