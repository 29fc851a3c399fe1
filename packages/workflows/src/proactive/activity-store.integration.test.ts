import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Instant, ProactiveSettings } from '@guichet/domain'
import {
  activitiesOf,
  activityBatchSchema,
  days,
  defaultProactiveSettings,
  hours,
  instant,
  later,
  minutes,
  utcDay,
} from '@guichet/domain'
import { isDatabaseAway, migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { until } from '../testing/until.ts'
import type { ActivityReport, ActivityStore } from './activity-port.ts'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays, dropDays } from './activity-tables.ts'
import type { Analyses } from './analyses.ts'
import { analysesIn } from './analyses.ts'
import { healthAlertSchema } from './health-alerts.ts'
import type { RecordedTrouble } from './trouble.ts'
import { recordedTrouble } from './trouble.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const ago = (milliseconds: number): Instant => later(noon, -milliseconds)
const today = { from: utcDay(noon), to: utcDay(noon) }

const activity = (id: string, at: Instant, fields: Partial<Activity> = {}): Activity => ({
  id,
  kind: 'error_occurred',
  code: 'E_PAYMENT',
  at,
  page: '/pay',
  version: '2.1',
  detail: { code: 'E_PAYMENT' },
  ...fields,
})

const view = (id: string, at: Instant, fields: Partial<Activity> = {}): Activity =>
  activity(id, at, { kind: 'page_view', code: '', detail: {}, ...fields })

/** Errors some seconds after a moment. */
const errors = (begin: Instant, ...seconds: readonly number[]): readonly Activity[] =>
  seconds.map((second) => activity(`activity-${second}`, later(begin, second * 1_000)))

const report = (personId: string, ...activities: readonly Activity[]): ActivityReport => ({
  person: { id: personId },
  activities,
})

const payment = { kind: 'error_occurred', code: 'E_PAYMENT' }
const fingerprint = 'error_occurred:E_PAYMENT'
const visitor = 'visitor-00000000-0000-4000-8000-000000000001'

describe('the store of activities', () => {
  let database: TestDatabase
  let pool: Pool
  let store: ActivityStore
  let analyses: Analyses
  let trouble: RecordedTrouble
  let settings: ProactiveSettings
  let wakeUps: number

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, activitySchema)
    await migrateSchema(pool, healthAlertSchema)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  beforeEach(async () => {
    await addDays(pool, noon)
    settings = defaultProactiveSettings
    wakeUps = 0
    store = postgresActivities({ pool, settings: async () => settings, onDue: () => void wakeUps++ })
    analyses = analysesIn(pool)
    trouble = recordedTrouble(pool)
  })
  afterEach(async () => {
    await pool.query(
      `truncate guichet_activity.activity, guichet_activity.activity_count, guichet_activity.active_person,
         guichet_activity.trouble, guichet_activity.analysis`,
    )
  })

  const record = (personId: string, ...activities: readonly Activity[]) =>
    store.record([report(personId, ...activities)], noon)
  const idsOf = async (...personIds: readonly string[]) =>
    (await store.pageOf(personIds, { limit: 100 })).rows.map(({ row }) => row.id)
  const due = async () => (await analyses.claim(100, 60_000)).map(({ personId }) => personId).sort()
  /** How often the trouble of each person is counted. */
  const troubleCounts = async () => {
    const { rows } = await pool.query<{ id: string; count: number }>(
      'select person_id as id, count from guichet_activity.trouble order by person_id',
    )
    return Object.fromEntries(rows.map(({ id, count }) => [id, count]))
  }

  it('stores an activity once, however often it is sent, also twice in one batch', async () => {
    const first = activity('activity-1', ago(minutes(5)))
    await record('zoe', first, first, view('activity-2', noon))
    await Promise.all([record('zoe', first), record('zoe', first), record('max', first)])
    expect(await idsOf('zoe')).toEqual(['activity-2', 'activity-1'])
    expect(await idsOf('max')).toEqual(['activity-1'])
    expect(await store.countsBy('kind', today, 10)).toEqual([
      { value: 'error_occurred', count: 2, people: undefined, days: [{ day: utcDay(noon), count: 2 }] },
      { value: 'page_view', count: 1, people: undefined, days: [{ day: utcDay(noon), count: 1 }] },
    ])
  })

  it('knows what people have searched for in vain in a time, the latest first', async () => {
    const search = (id: string, at: Instant, detail: Activity['detail']) =>
      activity(id, at, { kind: 'faq_search', code: '', detail })
    await record(
      'zoe',
      search('activity-1', ago(minutes(30)), { query: 'before', opened: false }),
      search('activity-2', ago(minutes(20)), { query: 'refund' }),
      search('activity-3', ago(minutes(10)), { query: 'answered', opened: true }),
      view('activity-4', ago(minutes(9))),
      activity('activity-5', ago(minutes(9)), { detail: { code: 'E_PAYMENT', query: 'no search' } }),
      search('activity-6', ago(minutes(5)), { query: 'money back', opened: false }),
    )
    await record('max', search('activity-1', ago(minutes(5)), { query: 'of another person' }))
    const time = { from: ago(minutes(20)), to: noon }
    expect(await store.searchedBy(['zoe'], time, 10)).toEqual(['money back', 'refund'])
    expect(await store.searchedBy(['zoe'], time, 1)).toEqual(['money back'])
    expect(await store.searchedBy(['nobody'], time, 10)).toEqual([])
  })

  it('stores once what is sent again days later, which seems to have happened on another day', async () => {
    const sentAt = (moment: Instant) => {
      const reported = { id: 'activity-1', kind: 'error_occurred', at: noon, detail: { code: 'E_PAYMENT' } }
      const batch = activityBatchSchema.parse({ sentAt: moment, activities: [reported] })
      return store.record([report('zoe', ...activitiesOf(batch, moment, new Set()).accepted)], moment)
    }
    for (const moment of [noon, later(noon, days(3)), later(noon, days(3) + 500)]) await sentAt(moment)
    expect(await idsOf('zoe')).toEqual(['activity-1'])
    const period = { from: utcDay(noon), to: utcDay(later(noon, days(4))) }
    expect(await store.countsBy('day', period, 10)).toMatchObject([{ value: utcDay(noon), count: 1 }])
    expect(await troubleCounts()).toEqual({ zoe: 1 })
  })

  it('stores once what is sent again on the other side of midnight', async () => {
    const midnight = instant('2026-03-03T00:00:00.000Z')
    const sent = (moment: number, receivedAt: number) =>
      store.record([report('zoe', activity('activity-1', later(midnight, moment)))], later(midnight, receivedAt))
    await sent(-200, 100)
    await sent(300, 1_000)
    await sent(-100, 59_000)
    expect(await idsOf('zoe')).toEqual(['activity-1'])
  })

  it('stores once what is sent again as it was, on the other side of midnight', async () => {
    const midnight = instant('2026-03-03T00:00:00.000Z')
    const sent = (moment: number) =>
      store.record([report('zoe', activity('activity-1', later(midnight, moment)))], later(midnight, moment + 100))
    await sent(-minutes(5))
    await sent(minutes(5))
    expect(await idsOf('zoe')).toEqual(['activity-1'])
  })

  it('stores all that a request reports of several people, or nothing of it', async () => {
    await store.record([report('zoe', view('activity-1', noon)), report('max', view('activity-1', noon))], noon)
    const broken = view('activity-2', noon, { page: '/\u0000' })
    const refused = store.record([report('zoe', view('activity-2', noon)), report('max', broken)], noon)
    await expect(refused).rejects.toThrow()
    expect(await idsOf('zoe')).toEqual(['activity-1'])
    expect(await idsOf('max')).toEqual(['activity-1'])
  })

  it('refuses more while ten thousand activities wait, as when the database is away', async () => {
    let proceed = (): void => undefined
    const slow = new Promise<void>((resolve) => (proceed = resolve))
    const waiting = postgresActivities({ pool, settings: () => slow.then(() => settings), onDue: () => undefined })
    const many = Array.from({ length: 10_000 }, (_, number) => view(`activity-${number}`, noon))
    const stored = waiting.record([report('zoe', ...many)], noon)
    const more = () => waiting.record([report('max', view('activity-1', noon))], noon)
    expect(await more().then(() => false, isDatabaseAway)).toBe(true)
    proceed()
    await stored
    await more()
    expect(await idsOf('max')).toEqual(['activity-1'])
  })

  it('returns what was stored, page by page, the newest first', async () => {
    const first = activity('activity-1', ago(minutes(2)))
    await store.record([{ person: { id: 'zoe', browser: 'Firefox 140' }, activities: [first] }], noon)
    await record('zoe', view('activity-2', ago(minutes(1))), activity('activity-3', noon, { page: undefined }))
    const newest = await store.pageOf(['zoe'], { limit: 2 })
    expect(newest).toMatchObject({ hasNext: true, hasPrevious: false })
    expect(newest.rows.map(({ row }) => [row.id, row.page])).toEqual([
      ['activity-3', undefined],
      ['activity-2', '/pay'],
    ])
    const next = await store.pageOf(['zoe'], { limit: 2, after: newest.rows.at(-1)?.keyset })
    expect(next).toMatchObject({ hasNext: false, hasPrevious: true })
    expect(next.rows.map(({ row }) => row)).toEqual([{ ...first, personId: 'zoe', browser: 'Firefox 140' }])
    expect(await store.find('zoe', first.id)).toMatchObject({ id: first.id, personId: 'zoe' })
    expect(await store.find('max', first.id)).toBeUndefined()
    await record('max', view('activity-4', ago(minutes(3))))
    expect(await idsOf('zoe', 'max')).toEqual(['activity-3', 'activity-2', 'activity-1', 'activity-4'])
  })

  it('marks a person for an analysis with the third critical activity, and nobody before', async () => {
    await record('zoe', activity('activity-0', ago(hours(24))), activity('activity-1', ago(minutes(9))))
    await record('zoe', view('activity-2', ago(minutes(8))))
    await record('zoe', activity('activity-3', ago(minutes(5))), view('activity-4', ago(minutes(4))))
    expect(await due()).toEqual([])
    expect(wakeUps).toBe(0)
    await record('zoe', activity('activity-5', noon))
    expect(wakeUps).toBe(1)
    expect(await due()).toEqual(['zoe'])
    expect(await due()).toEqual([])
  })

  it('marks a person whose activities of one day, or of two days, arrive at two stores at once', async () => {
    const other = postgresActivities({ pool, settings: async () => settings, onDue: () => void wakeUps++ })
    const second = { zoe: ago(minutes(3)), max: ago(hours(20)) }
    for (const [personId, at] of Object.entries(second)) {
      await record(personId, activity('activity-1', ago(days(1) - minutes(1))))
      await Promise.all([
        record(personId, activity('activity-2', at)),
        other.record([report(personId, activity('activity-3', ago(minutes(2))))], noon),
      ])
    }
    expect(await due()).toEqual(['max', 'zoe'])
  })

  it('marks nobody while analyses are turned off', async () => {
    settings = { ...settings, enabled: false }
    await record('zoe', ...[1, 2, 3].map((number) => activity(`activity-${number}`, ago(minutes(number)))))
    expect(await due()).toEqual([])
    expect(await idsOf('zoe')).toHaveLength(3)
  })

  it('makes an analysis due again by what is recorded while it is under way', async () => {
    await record('zoe', ...[1, 2, 3].map((number) => activity(`activity-${number}`, ago(minutes(number)))))
    const [claimed] = await analyses.claim(1, 60_000)
    await record('zoe', activity('activity-4', noon))
    if (claimed) await analyses.complete(claimed)
    const { rows } = await pool.query<{ again: boolean }>(
      'select due_at is not null as again from guichet_activity.analysis',
    )
    expect(rows).toEqual([{ again: true }])
  })

  it('lets a person be until a moment, whatever is recorded by then', async () => {
    await record('zoe', ...[1, 2, 3].map((number) => activity(`activity-${number}`, ago(minutes(number)))))
    const [claimed] = await analyses.claim(1, 60_000)
    const quietUntil = later(instant(new Date()), hours(1))
    if (claimed) await analyses.complete(claimed, quietUntil)
    await record('zoe', activity('activity-4', noon))
    expect(await due()).toEqual([])
    const { rows } = await pool.query<{ dueAt: Date }>('select due_at as "dueAt" from guichet_activity.analysis')
    expect(rows.map(({ dueAt }) => instant(dueAt))).toEqual([quietUntil])
  })

  it('counts repeats within a minute once as trouble, and people each once', async () => {
    await record('zoe', activity('activity-1', ago(90_000)), activity('activity-2', ago(89_000)))
    await record('zoe', activity('activity-3', ago(60_000)), activity('activity-4', noon))
    await record('max', activity('activity-1', noon))
    expect(await store.countsBy('trouble', today, 10)).toMatchObject([{ value: fingerprint, count: 3, people: 2 }])
    expect(await trouble.countsAmong(['max', 'eve'], [payment], noon)).toEqual(new Map([[fingerprint, 1]]))
  })

  it('counts the same trouble, however what comes in order is cut into requests', async () => {
    const sequence = errors(ago(hours(1)), 0, 30, 60, 61, 90, 121, 122, 183)
    await record('at-once', ...sequence)
    for (const each of sequence) await record('one-by-one', each)
    await record('in-parts', ...sequence.slice(0, 3))
    await record('in-parts', ...sequence.slice(3))
    await record('in-parts', ...sequence)
    expect(await troubleCounts()).toEqual({ 'at-once': 4, 'one-by-one': 4, 'in-parts': 4 })
  })

  it('counts trouble that comes late, but no repeats of what counts', async () => {
    const begin = ago(hours(1))
    await record('zoe', ...errors(begin, 0, 600))
    await record('zoe', ...errors(begin, 180, 190, 560, 630))
    expect(await troubleCounts()).toEqual({ zoe: 3 })
    await record('zoe', ...errors(begin, 700))
    expect(await troubleCounts()).toEqual({ zoe: 4 })
  })

  it('knows how many customers have a trouble, and how many usually from three days on, without visitors', async () => {
    const spread = async () => (await recordedTrouble(pool).spreads([payment], noon)).get(fingerprint)
    for (const personId of ['zoe', visitor]) {
      await record(personId, activity('activity-1', noon))
      await store.record([report(personId, activity('activity-2', ago(hours(30))))], ago(hours(30)))
    }
    await store.record([report('eve', view('activity-1', ago(days(2))))], ago(days(2)))
    expect(await spread()).toEqual({ lately: 1, usual: undefined })
    await store.record([report('eve', view('activity-2', ago(days(3))))], ago(days(3)))
    expect(await spread()).toEqual({ lately: 1, usual: 1 / 3 })
  })

  it('reads of an activity what an analysis uses, in order', async () => {
    const search = (id: string, at: Instant, detail: Activity['detail']) =>
      activity(id, at, { kind: 'faq_search', code: '', detail })
    await record('zoe', search('activity-1', noon, { query: 'refund', opened: true }), view('activity-2', noon))
    await record('zoe', search('activity-3', ago(minutes(2)), { opened: 'true' }), search('activity-4', ago(1), {}))
    const read = await trouble.activitiesOf(['zoe'], ago(days(7)))
    expect(read.map(({ at, detail }) => [at, detail])).toEqual([
      [ago(minutes(2)), { opened: false }],
      [ago(1), { opened: false }],
      [noon, { opened: true }],
    ])
  })

  it('counts what has a value on each day, and people once on each', async () => {
    const yesterday = ago(days(1))
    await record('zoe', activity('activity-1', yesterday), activity('activity-2', noon), view('activity-3', noon))
    await record('max', activity('activity-1', noon))
    const period = { from: utcDay(yesterday), to: utcDay(noon) }
    const byDay = [
      { day: utcDay(yesterday), count: 1 },
      { day: utcDay(noon), count: 2 },
    ]
    const [errors, views] = await store.countsBy('kind', period, 10)
    expect(errors).toEqual({ value: 'error_occurred', count: 3, people: undefined, days: byDay })
    expect(views).toMatchObject({ value: 'page_view', days: [{ day: utcDay(noon), count: 1 }] })
    const [payment] = await store.countsBy('trouble', period, 10)
    expect(payment).toEqual({ value: 'error_occurred:E_PAYMENT', count: 3, people: 3, days: byDay })
    expect(await store.countsBy('version', period, 10)).toMatchObject([{ value: '2.1', count: 4 }])
  })

  it('learns rates from the days before, not from the present one', async () => {
    const rateOf = async () => (await recordedTrouble(pool).rates(noon))(fingerprint)
    const before = await rateOf()
    await record('zoe', activity('activity-1', noon))
    expect(await rateOf()).toBe(before)
    await record('max', activity('activity-1', ago(days(1))))
    expect(await rateOf()).toBeGreaterThan(before)
  })

  it('learns rates from customers alone, not from visitors', async () => {
    const yesterday = ago(days(1))
    const rateOf = async () => (await recordedTrouble(pool).rates(noon))(fingerprint)
    await store.record([report('max', activity('activity-1', yesterday))], yesterday)
    const before = await rateOf()
    await store.record([report(visitor, view('view-1', yesterday), activity('activity-1', yesterday))], yesterday)
    expect(await rateOf()).toBe(before)
  })

  it('reads rates once for all who ask for them at the same time', async () => {
    const [one, other] = await Promise.all([trouble.rates(noon), trouble.rates(noon)])
    expect(one).toBe(other)
  })

  it('counts two thousand pages of a day by themselves, and the others as none', async () => {
    const numbers = Array.from({ length: 2_001 }, (_, number) => number)
    const views = numbers.map((number) => view(`view-${number}`, noon, { page: `/page-${number}` }))
    const people = Array.from({ length: 101 }, (_, index) => `customer-${index}`)
    const reports = people.map((personId, index) => report(personId, ...views.slice(20 * index, 20 * index + 20)))
    await store.record(reports, noon)
    await record('zoe', view('again-1', noon, { page: '/page-7' }), view('again-2', noon, { page: '/page-2000' }))
    const counted = await store.countsBy('page', today, 3_000)
    expect(counted).toHaveLength(2_001)
    expect(counted.slice(0, 3).map(({ value, count }) => [value, count])).toEqual([
      ['', 2],
      ['/page-7', 2],
      ['/page-0', 1],
    ])
    await store.erase(['zoe', ...people])
    expect(await store.countsBy('page', today, 10)).toEqual([])
  })

  it('counts twenty new pages of a person by themselves, and of a visitor those of customers', async () => {
    const views = (count: number, name: string) =>
      Array.from({ length: count }, (_, number) => view(`view-${number}`, noon, { page: `/${name}-${number}` }))
    const counted = async () =>
      (await store.countsBy('page', today, 100)).map(({ value, count }) => [value, count] as const)
    await record('zoe', ...views(21, 'zoe'))
    await record(visitor, ...views(1, 'max'))
    expect(await counted()).toHaveLength(21)
    expect((await counted())[0]).toEqual(['', 2])
    await record('max', ...views(1, 'max'))
    await record(visitor, view('view-again', noon, { page: '/max-0' }))
    expect(await counted()).toContainEqual(['/max-0', 2])
  })

  it('has a table for a day that nobody has prepared', async () => {
    const inSpring = instant('2026-05-02T12:00:00.000Z')
    await store.record([report('zoe', activity('activity-1', inSpring))], inSpring)
    expect(await idsOf('zoe')).toEqual(['activity-1'])
  })

  it('drops whole days with what was counted then', async () => {
    await record('zoe', activity('activity-1', ago(days(1))), activity('activity-2', noon))
    await dropDays(pool, utcDay(noon))
    expect(await idsOf('zoe')).toEqual(['activity-2'])
    const period = { from: utcDay(ago(days(1))), to: utcDay(noon) }
    expect(await store.countsBy('day', period, 10)).toMatchObject([{ value: utcDay(noon), count: 1 }])
  })

  it('waits for nobody who reads the table of a day, and has removed what was counted then', async () => {
    await record('zoe', activity('activity-1', ago(days(1))), activity('activity-2', noon))
    const reader = await pool.connect()
    try {
      await reader.query('begin')
      await reader.query('select count(*) from guichet_activity.activity_20260301')
      await expect(dropDays(pool, utcDay(noon))).rejects.toMatchObject({ code: '55P03' })
      await record('zoe', activity('activity-3', ago(1)))
    } finally {
      await reader.query('rollback')
      reader.release()
    }
    expect(await idsOf('zoe')).toEqual(['activity-2', 'activity-3', 'activity-1'])
    const period = { from: utcDay(ago(days(1))), to: utcDay(noon) }
    expect(await store.countsBy('day', period, 10)).toMatchObject([{ value: utcDay(noon), count: 2 }])
    await dropDays(pool, utcDay(noon))
    expect(await idsOf('zoe')).toEqual(['activity-2', 'activity-3'])
  })

  it('erases people, and takes them out of the counts', async () => {
    await record('zoe', ...[1, 2, 3].map((number) => activity(`activity-${number}`, ago(minutes(number)))))
    await record('zoe', activity('activity-4', noon, { page: '/zoe' }))
    await record('eve', activity('activity-1', noon, { page: '/zoe' }))
    await record('max', activity('activity-1', noon))
    await store.erase(['zoe', 'eve'])
    expect(await idsOf('zoe', 'eve')).toEqual([])
    expect(await due()).toEqual([])
    expect(await store.countsBy('page', today, 10)).toMatchObject([{ value: '/pay', count: 1 }])
    expect(await store.countsBy('trouble', today, 10)).toMatchObject([{ people: 1 }])
  })

  it('erases a person of whom something is recorded at the same time, after it', async () => {
    await record('zoe', activity('activity-1', ago(minutes(1))))
    const untilWaiting = (statements: number) =>
      until(
        async () => {
          const { rows } = await pool.query<{ waiting: number }>(
            `select count(*)::integer as waiting from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          )
          return rows[0]?.waiting
        },
        (waiting) => waiting === statements,
      )
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query('select 1 from guichet_activity.trouble for update')
    const recording = record('zoe', activity('activity-2', noon))
    await untilWaiting(1)
    const erasing = store.erase(['zoe'])
    await untilWaiting(2)
    await holder.query('commit')
    holder.release()
    await Promise.all([recording, erasing])
    expect(await troubleCounts()).toEqual({})
  })
})
