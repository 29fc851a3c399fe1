import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Activity, Instant } from '@guichet/domain'
import { defaultProactiveSettings, hours, instant, later, utcDay } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays } from './activity-tables.ts'
import type { RecordedIncident } from './likely-incidents.ts'
import { likelyIncidentsIn } from './likely-incidents.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const ago = (milliseconds: number): Instant => later(noon, -milliseconds)

const incident: RecordedIncident = {
  fingerprint: 'error_occurred:E_PAYMENT',
  kind: 'error_occurred',
  code: 'E_PAYMENT',
  since: ago(hours(20)),
  pages: [],
  versions: [],
  lately: 3,
  usual: 1,
  day: utcDay(noon),
  updatedAt: noon,
}

describe('the customers of a likely incident', () => {
  let database: TestDatabase
  let pool: Pool

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 2 })
    await migrateSchema(pool, activitySchema)
    await addDays(pool, noon)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  it('are those who have its trouble, who met it last at the beginning, without visitors', async () => {
    const settings = async () => defaultProactiveSettings
    const store = postgresActivities({ pool, settings, onDue: () => undefined })
    let ids = 0
    const fail = (personId: string, at: Instant, code = 'E_PAYMENT') => {
      const activity: Activity = {
        id: `activity-${++ids}`,
        kind: 'error_occurred',
        code,
        at,
        page: '/pay',
        version: '2.1',
        detail: {},
      }
      return store.record([{ person: { id: personId }, activities: [activity] }], at)
    }
    await fail('before', ago(hours(25)))
    await fail('yesterday', ago(hours(20)))
    await fail('both', ago(hours(23)))
    await fail('both', ago(hours(1)))
    await fail('today', ago(hours(2)))
    await fail('since', later(noon, hours(1)))
    await fail('tomorrow', later(noon, hours(13)))
    await fail('other', ago(hours(1)), 'E_CHAT')
    await fail('visitor-00000000-0000-4000-8000-000000000001', ago(hours(1)))
    const incidents = likelyIncidentsIn(pool)
    expect(await incidents.customersOf(incident, 10)).toEqual(['since', 'both', 'today', 'yesterday'])
    expect(await incidents.customersOf(incident, 2)).toEqual(['since', 'both'])
  })
})
