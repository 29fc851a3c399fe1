import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Desk } from '@guichet/domain'
import { defaultProactiveSettings, hours, instant, later, minutes } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays } from './activity-tables.ts'
import { analysesIn } from './analyses.ts'
import { mergeAnalyses } from './analysis-merge.ts'

const noon = instant('2026-03-02T12:00:00.000Z')
const ana = { kind: 'agent', id: 'ana' } as const
const visitor = 'visitor-00000000-0000-4000-8000-000000000001'

describe('the analysis of somebody who is merged into another customer', () => {
  let database: TestDatabase
  let pool: Pool
  let desk: Desk
  let wakeUps: number

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
    desk = deskInMemory({ now: () => noon })
    wakeUps = 0
    await pool.query('truncate guichet_activity.activity, guichet_activity.analysis')
  })

  const settings = async () => defaultProactiveSettings
  let ids = 0
  /** Records critical activities of a person, so many minutes ago. */
  const fail = async (personId: string, ...minutesAgo: readonly number[]): Promise<void> => {
    const activities = minutesAgo.map((ago): Activity => ({
      id: `activity-${++ids}`,
      kind: 'login_failed',
      code: '',
      at: later(noon, -minutes(ago)),
      page: undefined,
      version: undefined,
      detail: {},
    }))
    const store = postgresActivities({ pool, settings, onDue: () => undefined })
    await store.record([{ person: { id: personId }, activities }], noon)
  }
  /** Delivers to the reaction, so often, that somebody turned out to be another customer. */
  const deliver = async (deliveries: number): Promise<void> => {
    const merging = mergeAnalyses(pool, settings, () => void wakeUps++)
    const merged = (await desk.store.readAll({ limit: 100 })).filter(({ event }) => merging.on.includes(event.type))
    expect(merged).toHaveLength(1)
    for (let delivery = 0; delivery < deliveries; delivery++) await merging.react(merged, desk)
  }
  /** The visitor signs in as Zoe. */
  const signIn = async (deliveries = 1): Promise<void> => {
    expect(await desk.claimVisitor(visitor, { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
    await deliver(deliveries)
  }
  const due = async () => (await analysesIn(pool).claim(10, 60_000)).map(({ personId }) => personId)

  it('makes that of the other due, where the activities of both are enough', async () => {
    await fail(visitor, 5, 4)
    await fail('zoe', 1)
    expect(await due()).toEqual([])
    await signIn()
    expect([await due(), wakeUps]).toEqual([['zoe'], 1])
  })

  it('makes that of the other due also where two customers are merged', async () => {
    for (const id of ['zoe', 'z2']) await desk.execute('customer', id, { type: 'register' }, { by: ana })
    await fail('z2', 5, 4)
    await fail('zoe', 1)
    expect(await desk.mergeCustomers('z2', 'zoe', { by: ana })).toMatchObject({ ok: true })
    await deliver(1)
    expect(await due()).toEqual(['zoe'])
  })

  it('counts with what the other meets later', async () => {
    await fail(visitor, 5, 4)
    await signIn()
    expect([await due(), wakeUps]).toEqual([[], 0])
    await fail('zoe', 1)
    expect(await due()).toEqual(['zoe'])
  })

  it('counts once, however often the merge is delivered, and not what is older than a day', async () => {
    await fail(visitor, 5)
    await fail('zoe', 1, hours(25) / minutes(1))
    await signIn(3)
    expect(await due()).toEqual([])
    await fail('zoe', 0)
    expect(await due()).toEqual(['zoe'])
  })
})
