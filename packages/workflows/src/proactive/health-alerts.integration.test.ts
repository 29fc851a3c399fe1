import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Desk, EventEnvelope, TeamAlertEvent } from '@guichet/domain'
import { days, deny, healthSettingsOf, hours, instant, later, minutes, refusal } from '@guichet/domain'
import { deskAround, deskInMemory, Died } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
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
  let desk: Desk
  let reports: string[]

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, healthAlertSchema)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  beforeEach(async () => {
    desk = deskInMemory({ now: () => evening })
    reports = []
    await pool.query('truncate guichet_activity.health_alert')
  })

  /** A look at an instant, whose reader has these scores: those that have fallen by a step, and those asked for. */
  const look = (at = evening, scores: readonly Scores[] = [], alerted: Desk = desk) => {
    const readFalls: ReadFalls = async (_, { alertStep }, others) =>
      scores.filter(
        ({ of, id, now, weekBefore }) =>
          weekBefore - now >= alertStep || others.some((each) => each.of === of && each.id === id),
      )
    const onError = (_: unknown, context: string): void => void reports.push(context)
    return lookForFalls({ desk: alerted, pool, readFalls, onError }, settings, at)
  }
  /** All events of the desk: the falls that it was alerted to. */
  const events = async () => (await desk.store.readAll({ limit: 100 })) as readonly EventEnvelope<TeamAlertEvent>[]
  const alerts = async (): Promise<readonly string[]> => {
    const falls = (await events()).flatMap(({ event }) => (event.type === 'HealthFell' ? [event] : []))
    return falls.map(({ weekBefore, score }) => `${weekBefore} ${score}`)
  }
  const fallsOf = (count: number): readonly Scores[] =>
    Array.from({ length: count }, (_, n): Scores => ({ ...zoe(79 - n), id: `customer-${n}` }))

  it('alerts once to a fall just before midnight, whether it is seen before or after', async () => {
    await look(later(evening, minutes(4)), [zoe(80)])
    expect(await alerts()).toEqual(['100 80'])
    for (const time of [minutes(9), hours(24), days(3)]) await look(later(evening, time), [zoe(80)])
    expect(await alerts()).toEqual(['100 80'])
  })

  it('alerts to a fall that was not looked for during days', async () => {
    await look(evening, [zoe(100)])
    await look(later(evening, days(5)), [zoe(70)])
    expect(await alerts()).toEqual(['100 70'])
  })

  it('alerts to the twenty deepest of many falls of a look, and says how many others there are', async () => {
    const scores = fallsOf(30)
    await look(evening, scores)
    await look(later(evening, minutes(1)), scores)
    const deepest = scores.slice(10).map(({ now }) => `100 ${now}`)
    expect([...(await alerts())].sort()).toEqual([...deepest].sort())
    const last = (await events()).filter(({ event }) => event.type === 'HealthFell' && event.others !== undefined)
    expect(last).toMatchObject([{ event: { score: 69, others: 10 } }])
  })

  it('says nothing of others where the desk is alerted to all', async () => {
    await look(evening, fallsOf(20))
    const recorded = await events()
    expect(recorded).toHaveLength(20)
    expect(recorded.filter(({ event }) => 'others' in event)).toEqual([])
  })

  it('alerts again to the next step, on the same day too', async () => {
    await look(evening, [zoe(80)])
    await look(later(evening, minutes(5)), [zoe(61)])
    await look(later(evening, minutes(10)), [zoe(60)])
    expect(await alerts()).toEqual(['100 80', '100 60'])
  })

  it('counts from where the score has risen to', async () => {
    for (const [index, now] of [80, 95, 80, 75, 100, 80].entries())
      await look(later(evening, minutes(5 * index)), [zoe(now)])
    expect(await alerts()).toEqual(['100 80', '100 75', '100 80'])
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
    expect(await events()).toMatchObject([
      { stream: 'teamAlert-zoe', event: { type: 'HealthFell', at: evening, of: 'customers', score: 80 } },
      { stream: 'teamAlert-acme', event: { at: evening, of: 'organisations', score: 70, weekBefore: 100 } },
    ])
  })

  it('alerts once to a fall that several processes see at the same time', async () => {
    await Promise.all([0, 1, 2].map((index) => look(later(evening, index), [zoe(80 - index)])))
    expect(await alerts()).toHaveLength(1)
  })

  it('records what a process has seen and not recorded, also when the score has risen since', async () => {
    const dies = deskAround(desk, () => ({ execute: () => Promise.reject(new Died()) }))
    await expect(look(evening, [zoe(80)], dies)).rejects.toThrow(Died)
    expect(await alerts()).toEqual([])
    await look(later(evening, minutes(5)), [zoe(90)])
    expect(await alerts()).toEqual(['100 80'])
  })

  it('reports an alert that is refused once, and gives the others', async () => {
    const refusing = deskAround(desk, (entry) => ({
      execute: async (...command) =>
        command[1] === 'acme' ? deny(refusal('command_too_large')) : entry.execute(...command),
    }))
    await look(evening, [zoe(80), acme(70)], refusing)
    await look(later(evening, minutes(5)), [zoe(80), acme(70)], refusing)
    expect(await alerts()).toEqual(['100 80'])
    expect(reports).toHaveLength(1)
  })

  it('alerts to the other falls of a look, and of later ones, beside one whose alert fails, and to that when it can', async () => {
    const failing = deskAround(desk, (entry) => ({
      execute: async (...command) => {
        if (command[1] === 'acme') throw new Error('the stream of acme is corrupt')
        return entry.execute(...command)
      },
    }))
    const max: Scores = { ...acme(75), id: 'max' }
    await expect(look(evening, [acme(70), max], failing)).rejects.toThrow('the stream of acme is corrupt')
    expect(await alerts()).toEqual(['100 75'])
    const scores = [acme(70), max, zoe(80)]
    await expect(look(later(evening, minutes(5)), scores, failing)).rejects.toThrow('the stream of acme is corrupt')
    expect(await alerts()).toEqual(['100 75', '100 80'])
    await look(later(evening, minutes(10)), scores)
    expect(await alerts()).toEqual(['100 75', '100 80', '100 70'])
  })
})
