import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Instant } from '@guichet/domain'
import {
  anyTrouble,
  days,
  defaultProactiveSettings,
  hours,
  instant,
  later,
  learnedRates,
  minutes,
  utcDay,
} from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { until } from '../testing/until.ts'
import type { ActivityStore } from './activity-port.ts'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays } from './activity-tables.ts'
import { analysesIn } from './analyses.ts'
import type { RecordedTrouble } from './trouble.ts'
import { recordedTrouble } from './trouble.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const ago = (milliseconds: number): Instant => later(noon, -milliseconds)
const payment = { kind: 'error_occurred', code: 'E_PAYMENT' }
const visitor = 'visitor-00000000-0000-4000-8000-000000000001'

let ids = 0
const activity = (at: Instant, fields: Partial<Activity> = {}): Activity => ({
  id: `activity-${++ids}`,
  ...payment,
  at,
  page: '/pay',
  version: '2.1',
  detail: {},
  ...fields,
})

const search = (at: Instant, opened: boolean): Activity =>
  activity(at, { kind: 'faq_search', code: '', detail: { query: 'refund', opened } })

describe('the recorded trouble', () => {
  let database: TestDatabase
  let pool: Pool
  let store: ActivityStore
  let trouble: RecordedTrouble

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, activitySchema)
    await addDays(pool, noon)
    store = postgresActivities({ pool, settings: async () => defaultProactiveSettings, onDue: () => undefined })
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  beforeEach(() => {
    trouble = recordedTrouble(pool)
  })
  afterEach(async () => {
    await pool.query(
      `truncate guichet_activity.activity, guichet_activity.activity_count, guichet_activity.active_person,
         guichet_activity.trouble, guichet_activity.analysis`,
    )
  })

  const record = (personId: string, ...activities: readonly Activity[]) =>
    store.record([{ person: { id: personId }, activities }], noon)

  it('has no searches with an opened article, which an analysis sees nevertheless', async () => {
    await record('zoe', ...[1, 2, 3].map((number) => search(ago(minutes(number)), true)))
    expect(await analysesIn(pool).claim(10, 60_000)).toEqual([])
    const counted = { from: utcDay(noon), to: utcDay(noon) }
    expect(await store.countsBy('trouble', counted, 10)).toEqual([])
    await record('zoe', search(ago(minutes(1) + 10_000), false), search(ago(minutes(5)), false))
    expect(await store.countsBy('trouble', counted, 10)).toMatchObject([{ value: 'faq_search', count: 2 }])
    const read = await trouble.activitiesOf(['zoe'], ago(days(7)))
    expect(read.map(({ detail }) => detail.opened)).toEqual([false, true, true, false, true])
  })

  it('begins anew after seven days without it', async () => {
    for (const before of [30, 20, 10, 3]) {
      await addDays(pool, ago(days(before)))
      await record('zoe', activity(ago(days(before))))
    }
    expect((await trouble.troubleSpells(['zoe'])).get('error_occurred:E_PAYMENT')).toEqual([
      { from: ago(days(30)), to: ago(days(30)) },
      { from: ago(days(20)), to: ago(days(20)) },
      { from: ago(days(10)), to: ago(days(3)) },
    ])
  })

  it('begins with the first activity of any of the ids of a person', async () => {
    await record('zoe', activity(ago(hours(1))), activity(ago(hours(30))), activity(noon, { code: 'E_CHAT' }))
    await record('z2', activity(ago(hours(40))))
    await record('max', activity(ago(hours(47))))
    expect(await trouble.troubleSpells(['zoe', 'z2'])).toEqual(
      new Map([
        ['error_occurred:E_PAYMENT', [{ from: ago(hours(40)), to: ago(hours(1)) }]],
        ['error_occurred:E_CHAT', [{ from: noon, to: noon }]],
      ]),
    )
  })

  it('is shared by five visitors as by one customer', async () => {
    const visitors = [1, 2, 3, 4, 5].map((number) => visitor.replace(/1$/, String(number)))
    for (const personId of visitors.slice(0, 4)) await record(personId, activity(noon))
    expect(await trouble.sharedTroubles(1, noon)).toEqual([])
    await record(visitors[4] ?? '', activity(noon, { page: '/sign-in' }))
    expect(await trouble.sharedTroubles(1, noon)).toMatchObject([{ code: 'E_PAYMENT', spread: { lately: 1 } }])
    expect(await trouble.whereabouts(payment, noon)).toEqual({ since: noon, pages: [], versions: [] })
  })

  it('was that of as many customers at a moment of the past as had it then, and on the days before', async () => {
    for (const day of [1, 2, 3, 4]) {
      const at = later(noon, days(day))
      await addDays(pool, at)
      for (const personId of ['zoe', 'max', 'eve'].slice(0, day === 4 ? 3 : 1))
        await store.record([{ person: { id: personId }, activities: [activity(at)] }], at)
    }
    const spreadAt = async (at: Instant) => (await trouble.spreadsAt([payment], at)).get('error_occurred:E_PAYMENT')
    const end = later(instant('2026-03-06T00:00:00.000Z'), -1)
    expect(await spreadAt(end)).toEqual({ lately: 1, usual: undefined })
    expect(await spreadAt(later(end, days(1)))).toEqual({ lately: 3, usual: 1 })
  })

  it('is shared by customers first, then by visitors alone, however many they are', async () => {
    const visitors = Array.from({ length: 10 }, (_, number) => visitor.replace(/1$/, String(number)))
    for (const personId of visitors) await record(personId, activity(noon, { code: 'E_VISITORS' }))
    for (const personId of ['zoe', ...visitors.slice(0, 5)]) await record(personId, activity(noon, { code: 'E_BOTH' }))
    await record('max', activity(noon))
    const shared = await trouble.sharedTroubles(1, noon)
    expect(shared.map(({ code, byVisitors, spread }) => [code, byVisitors, spread.lately])).toEqual([
      ['E_BOTH', false, 2],
      ['E_PAYMENT', false, 1],
      ['E_VISITORS', true, 2],
    ])
  })

  it('is shared by the customers who have had it within a day, the most frequent first', async () => {
    for (const personId of ['zoe', 'max', 'eve']) await record(personId, activity(ago(hours(20))))
    await record('zoe', activity(ago(hours(1))))
    for (const personId of ['zoe', 'max', visitor]) await record(personId, activity(noon, { code: 'E_CHAT' }))
    await record('eve', activity(ago(hours(25)), { code: 'E_CHAT' }))
    const sharedTroubles = async (customers: number) =>
      (await trouble.sharedTroubles(customers, noon)).map(({ code, spread }) => [code, spread.lately])
    expect(await sharedTroubles(2)).toEqual([
      ['E_PAYMENT', 3],
      ['E_CHAT', 2],
    ])
    expect(await sharedTroubles(3)).toEqual([['E_PAYMENT', 3]])
    expect(await sharedTroubles(4)).toEqual([])
  })

  it('is shared no more where it ended on the day before, more than an hour ago', async () => {
    const midnight = instant('2026-03-02T00:00:00.000Z')
    const sharedAt = async (at: Instant) => (await trouble.sharedTroubles(2, at)).map(({ code }) => code)
    for (const personId of ['zoe', 'max']) await record(personId, activity(later(midnight, -minutes(30))))
    expect(await sharedAt(later(midnight, minutes(10)))).toEqual(['E_PAYMENT'])
    expect(await sharedAt(later(midnight, hours(1)))).toEqual([])
    await record('zoe', activity(later(midnight, hours(1))))
    expect(await sharedAt(later(midnight, hours(10)))).toEqual(['E_PAYMENT'])
  })

  it('happens as often as learned on the day before until the rates of a new day are read', async () => {
    const former = await trouble.rates(noon)
    const tomorrow = later(noon, days(1))
    expect(await trouble.rates(tomorrow)).toBe(former)
    await until(
      () => trouble.rates(tomorrow),
      (rates) => rates !== former,
    )
  })

  it('happens to others no more often because one customer meets it, or much else, all day', async () => {
    const yesterday = (number: number): Instant => ago(days(1) - minutes(2 * number))
    const often = Array.from({ length: 100 }, (_, number) => number)
    await record('zoe', ...often.map((number) => activity(yesterday(number))))
    await record('max', ...often.map((number) => activity(yesterday(number), { code: `E_${number}` })))
    await record('eve', search(yesterday(0), false), search(yesterday(1), false))
    const counts = new Map([
      ['error_occurred:E_PAYMENT', 3],
      ['error_occurred:E_7', 1],
      ['faq_search', 2],
    ])
    const expected = learnedRates({ counts, any: 6, personDays: 3 })
    const rates = await trouble.rates(noon)
    for (const fingerprint of [...counts.keys(), anyTrouble]) expect(rates(fingerprint)).toBe(expected(fingerprint))
  })

  it('happens as often as usual where the rates cannot be read, which is reported', async () => {
    const closed = openPool({ connectionString: database.url, maxConnections: 1 })
    await closed.end()
    const reports: string[] = []
    const rates = await recordedTrouble(closed, (_, context) => void reports.push(context)).rates(noon)
    expect(rates('error_occurred:E_PAYMENT')).toBeCloseTo(0.05)
    expect(reports).toHaveLength(1)
  })

  it('is where at least three customers have had it, since the first of them', async () => {
    const customers = ['zoe', 'max', 'eve', 'tom']
    for (const personId of customers) await record(personId, activity(ago(hours(2))))
    for (const personId of customers.slice(1))
      await record(personId, activity(ago(hours(1)), { page: '/cart', version: '2.2' }))
    for (const minute of [1, 2, 3, 4]) await record('zoe', activity(ago(minutes(minute)), { page: '/users/zoe' }))
    await record(visitor, activity(ago(hours(3))), activity(noon, { page: '/users/zoe' }))
    await record('max', activity(ago(hours(5)), { page: '/users/zoe', version: undefined }))
    await record('tom', activity(ago(hours(30)), { page: '/users/zoe' }))
    expect(await trouble.whereabouts(payment, noon)).toEqual({
      since: ago(hours(5)),
      pages: ['/pay', '/cart'],
      versions: ['2.1', '2.2'],
    })
    expect(await trouble.whereabouts({ ...payment, code: 'E_OTHER' }, noon)).toBeUndefined()
  })
})
