import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Activity, Desk, Instant } from '@guichet/domain'
import {
  configurationSchema,
  days,
  defaultProactiveSettings,
  instant,
  later,
  minutes,
  proactiveActor,
  suspectCommand,
} from '@guichet/domain'
import { deskInMemory, exampleSuspicion } from '@guichet/domain/testing'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { patternModels } from '../testing/pattern-models.ts'
import type { ActivityStore } from './activity-port.ts'
import { postgresActivities } from './activity-store.ts'
import { activitySchema } from './activity-tables.ts'
import { readPatterns } from './pattern-source.ts'
import { recordedTrouble } from './trouble.ts'

const ana = { kind: 'agent', id: 'ana' } as const

/** Noon of a day of March, or some minutes later. */
const on = (day: number, minute = 0): Instant =>
  later(instant('2026-03-01T12:00:00.000Z'), days(day - 1) + minutes(minute))

describe('the patterns of a history', () => {
  let database: TestDatabase
  let pool: Pool
  let desk: Desk
  let store: ActivityStore

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, activitySchema)
    store = postgresActivities({ pool, settings: async () => defaultProactiveSettings, onDue: () => undefined })
    desk = deskInMemory({ now: () => on(12) })
    const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
    await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: ana, at: on(1) })
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  const fail = async (personId: string, day: number, code: string, times = 3): Promise<void> => {
    const activities = Array.from({ length: times }, (_, index): Activity => ({
      id: `${code}-${index}`,
      kind: 'error_occurred',
      code,
      at: on(day, 2 * index),
      page: '/pay',
      version: '2.1',
      detail: { code },
    }))
    await store.record([{ person: { id: personId }, activities }], on(day, 10))
  }
  const openTicket = async (id: string, personId: string, at: Instant): Promise<void> => {
    const opening = { type: 'open', subject: 'x', body: 'y', category: 'billing/payment' } as const
    const opened = await desk.execute('ticket', id, { ...opening, customer: { id: personId } }, { by: ana, at })
    expect(opened).toMatchObject({ ok: true })
  }

  it('are those of days with enough trouble of a person, but for incidents, by the ticket that followed within three days', async () => {
    await fail('zoe', 8, 'E_FOLLOWED')
    await openTicket('followed', 'zoe', on(9))
    await fail('max', 3, 'E_ALONE')
    await openTicket('before', 'max', on(2))
    await openTicket('after', 'max', on(7))
    await fail('max', 2, 'E_DAY_BEFORE')
    await fail('kim', 4, 'E_NONE')
    await openTicket('none', 'kim', on(5))
    const none = { type: 'close', reason: 'invalid' } as const
    expect(await desk.execute('ticket', 'none', none, { by: ana, at: on(6) })).toMatchObject({ ok: true })
    await fail('eve', 3, 'E_FEW', 2)
    await fail('tim', 9, 'E_MAY_BE_FOLLOWED')
    for (const personId of ['ivy', 'joe', 'ida']) await fail(personId, 5, 'E_WIDESPREAD')
    for (const day of [3, 4, 5])
      for (const personId of [`dan-${day}`, `gus-${day}`]) await fail(personId, day, 'E_USUAL', 1)
    for (const personId of ['ann', 'bob', 'cat']) await fail(personId, 6, 'E_USUAL')
    await fail('lea', 2, 'E_WITH_DRAFT')
    const text = { subject: 'An error that comes back', body: 'Three times.', language: 'en' }
    const command = suspectCommand(exampleSuspicion(), 'rules', text)
    const drafted = await desk.engine.execute('draft', 'lea', command, { by: proactiveActor, at: on(4) })
    expect(drafted).toMatchObject({ ok: true })

    const models = patternModels(desk, ['lea'], ['followed', 'before', 'after', 'none'])
    const sources = { desk, models, trouble: recordedTrouble(pool), pool }
    const settings = { ...defaultProactiveSettings, widespread: 3 }
    const patterns = await readPatterns(sources, settings, new AbortController().signal)
    const outcomes = patterns.map(({ trouble: { code, count }, outcome }) => [code, { count, ...outcome }] as const)
    expect(outcomes).toHaveLength(6)
    expect(Object.fromEntries(outcomes)).toEqual({
      E_FOLLOWED: { count: 3, hasTicket: true, category: 'billing/payment' },
      E_ALONE: { count: 3, hasTicket: false },
      E_NONE: { count: 3, hasTicket: false },
      E_USUAL: { count: 3, hasTicket: false },
    })
  })

  it('are read of a fair sample of people and days where there are more than it may have', async () => {
    await pool.query(
      `insert into guichet_activity.active_person (person_id, day, by_visitor, critical)
       select 'person-' || lpad(number::text, 5, '0'), '2026-02-01'::date + number % 4, false, 3
       from generate_series(1, 10000) number`,
    )
    const people: string[] = []
    const recorded = recordedTrouble(pool)
    const activitiesOf: typeof recorded.activitiesOf = async ([personId = '']) => {
      people.push(personId)
      return []
    }
    const sources = { desk, models: patternModels(desk, [], []), trouble: { ...recorded, activitiesOf }, pool }
    await readPatterns(sources, defaultProactiveSettings, new AbortController().signal)
    const numbers = people.filter((id) => id.startsWith('person-')).map((id) => Number(id.slice('person-'.length)))
    expect(numbers.length).toBeGreaterThan(2_000)
    for (const day of [0, 1, 2, 3])
      for (const isInFirstHalf of [true, false]) {
        const cell = numbers.filter((number) => number % 4 === day && number <= 5_000 === isInFirstHalf)
        expect(cell.length / numbers.length).toBeGreaterThan(0.1)
      }
  })
})
