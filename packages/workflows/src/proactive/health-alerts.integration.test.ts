import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { days, healthSettingsOf, hours, instant, later, minutes } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { RecordDeliveries } from '../delivery/deliveries.ts'
import { deliverySchema, recordingDeliveries } from '../delivery/deliveries.ts'
import type { DeliveryContent } from '../delivery/delivery.ts'
import type { ReadFalls } from './health-alerts.ts'
import { healthAlertSchema, lookForFalls } from './health-alerts.ts'

type Scores = NonNullable<Awaited<ReturnType<ReadFalls>>>[number]

const evening = instant('2026-03-02T23:58:00Z')
const settings = healthSettingsOf(undefined)
const zoe = (now: number, weekBefore = 100): Scores => ({ of: 'customers', id: 'zoe', now, weekBefore })
const acme = (now: number, weekBefore = 100): Scores => ({ of: 'organisations', id: 'acme', now, weekBefore })

describe('a look for scores of health that have fallen', () => {
  let database: TestDatabase
  let pool: Pool
  const desk = deskInMemory({ now: () => evening })

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, deliverySchema)
    await migrateSchema(pool, healthAlertSchema)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  afterEach(async () => {
    await pool.query('truncate guichet_workflows.delivery, guichet_activity.health_alert')
  })

  /** A look at an instant, whose reader has these scores: those that have fallen by a step, and those asked for. */
  const look = (at = evening, scores: readonly Scores[] = [], record: RecordDeliveries = recordingDeliveries(pool)) => {
    const readFalls: ReadFalls = async (_, { alertStep }, others) =>
      scores.filter(
        ({ of, id, now, weekBefore }) =>
          weekBefore - now >= alertStep || others.some((each) => each.of === of && each.id === id),
      )
    return lookForFalls({ desk, pool, record, readFalls }, settings, at)
  }
  const alerts = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ kind: string; content: DeliveryContent }>(
      'select kind, content from guichet_workflows.delivery order by created_at, id',
    )
    return rows.map(({ kind, content: { fall } }) => `${kind} ${fall?.weekBefore} ${fall?.score}`)
  }

  it('alerts once to a fall just before midnight, whether it is seen before or after', async () => {
    await look(later(evening, minutes(4)), [zoe(80)])
    expect(await alerts()).toEqual(['health_fell 100 80'])
    for (const time of [minutes(9), hours(24), days(3)]) await look(later(evening, time), [zoe(80)])
    expect(await alerts()).toEqual(['health_fell 100 80'])
  })

  it('alerts to a fall that was not looked for during days', async () => {
    await look(evening, [zoe(100)])
    await look(later(evening, days(5)), [zoe(70)])
    expect(await alerts()).toEqual(['health_fell 100 70'])
  })

  it('alerts to the twenty deepest of many falls that are seen at once, and to the others no more', async () => {
    const scores = Array.from({ length: 30 }, (_, n): Scores => ({ ...zoe(79 - n), id: `customer-${n}` }))
    await look(evening, scores)
    await look(later(evening, minutes(1)), scores)
    const deepest = scores.slice(10).map(({ now }) => `health_fell 100 ${now}`)
    expect([...(await alerts())].sort()).toEqual([...deepest].sort())
  })

  it('alerts again to the next step, on the same day too', async () => {
    await look(evening, [zoe(80)])
    await look(later(evening, minutes(5)), [zoe(61)])
    await look(later(evening, minutes(10)), [zoe(60)])
    expect(await alerts()).toEqual(['health_fell 100 80', 'health_fell 100 60'])
  })

  it('counts from where the score has risen to', async () => {
    for (const [index, now] of [80, 95, 80, 75, 100, 80].entries())
      await look(later(evening, minutes(5 * index)), [zoe(now)])
    expect(await alerts()).toEqual(['health_fell 100 80', 'health_fell 100 75', 'health_fell 100 80'])
  })

  it('remembers nothing of a score that is 100, or of which nothing counts any more', async () => {
    const remembered = async () => (await pool.query('select from guichet_activity.health_alert')).rowCount
    await look(evening, [zoe(80), acme(70)])
    expect(await remembered()).toBe(2)
    await look(later(evening, minutes(5)), [zoe(100)])
    expect(await remembered()).toBe(0)
  })

  it('alerts to the scores of organisations, and says whose they are', async () => {
    await look(evening, [zoe(80), acme(70)])
    const { rows } = await pool.query<{ id: string; content: DeliveryContent }>(
      'select id, content from guichet_workflows.delivery order by id',
    )
    expect(rows).toMatchObject([
      { id: `health-fell/customers/zoe/${evening}/webhook`, content: { fall: { customerId: 'zoe', score: 80 } } },
      {
        id: `health-fell/organisations/acme/${evening}/webhook`,
        content: {
          at: evening,
          message: 'Le score de santé de l’organisation acme est passé de 100 à 70 en une semaine.',
          fall: { organisationId: 'acme', score: 70, weekBefore: 100 },
        },
      },
    ])
  })

  it('alerts once to a fall that several processes see at the same time', async () => {
    await Promise.all([0, 1, 2].map((index) => look(later(evening, index), [zoe(80 - index)])))
    expect(await alerts()).toHaveLength(1)
  })

  it('records what a process has seen and not recorded, also when the score has risen since', async () => {
    const dies: RecordDeliveries = async () => {
      throw new Error('the process dies')
    }
    await expect(look(evening, [zoe(80)], dies)).rejects.toThrow('the process dies')
    expect(await alerts()).toEqual([])
    await look(later(evening, minutes(5)), [zoe(90)])
    expect(await alerts()).toEqual(['health_fell 100 80'])
  })
})
