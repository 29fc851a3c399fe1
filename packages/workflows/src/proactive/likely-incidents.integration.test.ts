import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Instant } from '@guichet/domain'
import { days, defaultProactiveSettings, hours, instant, later, utcDay } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays } from './activity-tables.ts'
import type { CountedIncident, RecordedIncident } from './likely-incidents.ts'
import { likelyIncidentsIn } from './likely-incidents.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const ago = (milliseconds: number): Instant => later(noon, -milliseconds)

const trouble: CountedIncident = {
  fingerprint: 'error_occurred:E_PAYMENT',
  kind: 'error_occurred',
  code: 'E_PAYMENT',
  since: ago(hours(20)),
  pages: [],
  versions: [],
  lately: 3,
  usual: 1,
  byVisitors: false,
}

const incident: RecordedIncident = { ...trouble, day: utcDay(noon), firstDay: utcDay(noon), updatedAt: noon }

describe('likely incidents', () => {
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
  beforeEach(async () => {
    await pool.query('truncate guichet_activity.likely_incident')
  })

  it('have one first day and one alert for as long as they go on from day to day, and others after a pause', async () => {
    const incidents = likelyIncidentsIn(pool)
    const at = (day: number): Instant => later(noon, days(day))
    const other = { ...trouble, fingerprint: 'error_occurred:E_CHAT', code: 'E_CHAT' }
    const ranks: (number | undefined)[][] = []
    for (const day of [0, 1, 2, 4]) {
      const before = await incidents.rankOf(trouble, at(day))
      await incidents.record(trouble, at(day))
      ranks.push([before, await incidents.rankOf(trouble, at(day)), await incidents.rankOf(other, at(day))])
    }
    expect(ranks).toEqual([
      [1, undefined, 2],
      [undefined, undefined, 1],
      [undefined, undefined, 1],
      [1, undefined, 2],
    ])
    const recorded = await incidents.since(utcDay(noon), 10)
    expect(recorded.map(({ day, firstDay }) => [day, firstDay])).toEqual(
      [
        [4, 4],
        [2, 0],
        [1, 0],
        [0, 0],
      ].map((numbers) => numbers.map((number) => utcDay(at(number)))),
    )
  })

  it('have the customers who have their trouble, who met it last at the beginning, and visitors at the end', async () => {
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
    const visitor = 'visitor-00000000-0000-4000-8000-000000000001'
    await fail(visitor, ago(hours(1)))
    const incidents = likelyIncidentsIn(pool)
    expect(await incidents.customersOf(incident, 10)).toEqual(['since', 'both', 'today', 'yesterday', visitor])
    expect(await incidents.customersOf(incident, 2)).toEqual(['since', 'both'])
  })

  const counted = (code: string, byVisitors: boolean): CountedIncident => {
    const { day: _day, updatedAt: _updatedAt, ...trouble } = incident
    return { ...trouble, fingerprint: `error_occurred:${code}`, code, byVisitors }
  }

  it('of visitors alone are counted by themselves, until a customer meets them', async () => {
    const incidents = likelyIncidentsIn(pool)
    for (const code of ['E_1', 'E_2', 'E_3']) await incidents.record(counted(code, true), noon)
    await incidents.record(counted('E_PAYMENT', false), noon)
    const rankOf = (code: string, byVisitors: boolean) => incidents.rankOf(counted(code, byVisitors), noon)
    expect(await rankOf('E_4', true)).toBe(4)
    expect(await rankOf('E_4', false)).toBe(2)
    expect([await rankOf('E_1', true), await rankOf('E_PAYMENT', true)]).toEqual([undefined, undefined])
    expect([await rankOf('E_1', false), await rankOf('E_PAYMENT', false)]).toEqual([2, undefined])
  })

  it('are listed with those of customers, the latest first, before those of visitors alone', async () => {
    const incidents = likelyIncidentsIn(pool)
    await incidents.record(counted('E_PAYMENT', false), ago(hours(3)))
    for (const [hour, code] of ['E_1', 'E_2', 'E_3'].entries())
      await incidents.record(counted(code, true), ago(hours(hour)))
    const listed = async (limit: number) => (await incidents.since(utcDay(noon), limit)).map(({ code }) => code)
    expect(await listed(1)).toEqual(['E_PAYMENT'])
    expect(await listed(2)).toEqual(['E_1', 'E_PAYMENT'])
    expect(await listed(10)).toEqual(['E_1', 'E_2', 'E_3', 'E_PAYMENT'])
  })

  it('have each run of theirs, also after a pause, the latest first', async () => {
    const incidents = likelyIncidentsIn(pool)
    for (const before of [9, 8, 6, 0]) await incidents.record(counted('E_PAYMENT', false), ago(days(before)))
    await incidents.record(counted('E_1', false), noon)
    const { fingerprint } = counted('E_PAYMENT', false)
    const firstDays = [0, 6, 9].map((before) => utcDay(ago(days(before))))
    expect(await incidents.runsOf([fingerprint, 'login_failed'])).toEqual(
      firstDays.map((firstDay) => ({ fingerprint, firstDay })),
    )
  })
})
