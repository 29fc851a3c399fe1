import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Activity, Instant } from '@guichet/domain'
import {
  activityFingerprint,
  anyTrouble,
  days,
  defaultProactiveSettings,
  instant,
  isAnsweredSearch,
  later,
  learnedDays,
} from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { activitiesByDay } from '../packages/cli/src/simulate/activity-days.ts'
import type { ActivityPlan, SimulatedActivity } from '../packages/cli/src/simulate/activity-plan.ts'
import { causesOfPlan } from '../packages/cli/src/simulate/causes.ts'
import { createTroubleCounts } from '../packages/cli/src/simulate/trouble-counts.ts'
import { postgresActivities } from '../packages/workflows/src/proactive/activity-store.ts'
import { activitySchema } from '../packages/workflows/src/proactive/activity-tables.ts'
import { recordedTrouble } from '../packages/workflows/src/proactive/trouble.ts'

const plan: ActivityPlan = {
  customers: 200,
  days: 4,
  seed: 'counts',
  start: instant('2026-01-05T00:00:00Z'),
  failuresPerDay: 0.6,
  causes: 26,
  pageViews: 1,
}

const critical = new Set(defaultProactiveSettings.critical)

type Trouble = Pick<Activity, 'kind' | 'code'>

/** What a desk says of its trouble at a moment: rates and spreads by fingerprint. */
type Said = Readonly<Record<string, { readonly rate: string; readonly lately: number; readonly usual: string }>>

/** To nine digits: sums of floating-point numbers differ by their order. */
const inDigits = (value: number | undefined): string => value?.toPrecision(9) ?? 'unknown'

describe('the counts of a simulation', () => {
  let database: TestDatabase
  let pool: Pool

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4 })
    await migrateSchema(pool, activitySchema)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  beforeEach(async () => {
    await pool.query(
      `truncate guichet_activity.activity, guichet_activity.activity_count, guichet_activity.active_person,
         guichet_activity.trouble, guichet_activity.analysis`,
    )
  })

  /** Lets a database record the activities of a day, those of each customer in one batch. */
  const recordDay = async (activities: readonly SimulatedActivity[], day: number, now: Instant): Promise<void> => {
    const store = postgresActivities({ pool, settings: async () => defaultProactiveSettings, onDue: () => undefined })
    const byCustomer = new Map<number, Activity[]>()
    for (const [index, { customer, ...activity }] of activities.entries())
      byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), { ...activity, id: `activity-${day}-${index}` }])
    await Promise.all(
      [...byCustomer].map(([customer, batch]) =>
        store.record([{ person: { id: `customer-${customer}` }, activities: batch }], now),
      ),
    )
  }

  const saidByDatabase = async (troubles: readonly Trouble[], at: Instant): Promise<Said> => {
    const trouble = recordedTrouble(pool)
    const [rates, spreads] = [await trouble.rates(at), await trouble.spreads(troubles, at)]
    return Object.fromEntries(
      [anyTrouble, ...troubles.map(activityFingerprint)].map((fingerprint) => {
        const { lately, usual } = spreads.get(fingerprint) ?? { lately: 0, usual: 0 }
        return [fingerprint, { rate: inDigits(rates(fingerprint)), lately, usual: inDigits(usual) }]
      }),
    )
  }

  /** Compares both at the end of each day; returns how often a trouble was compared that somebody had lately. */
  const compareByDay = async (compared: ActivityPlan): Promise<number> => {
    const counts = createTroubleCounts(defaultProactiveSettings.repeatsWithin)
    const troubles = new Map<string, Trouble>()
    let present = 0
    for (const [day, activities] of [...activitiesByDay(compared, causesOfPlan(compared))].entries()) {
      const at = later(compared.start, days(day + 1 - learnedDays) - 1)
      for (const { customer, ...activity } of activities) {
        counts.recordPerson(customer, activity.at)
        if (!critical.has(activity.kind) || isAnsweredSearch(activity)) continue
        counts.record(customer, activity)
        troubles.set(activityFingerprint(activity), { kind: activity.kind, code: activity.code })
      }
      await recordDay(activities, day, at)
      const rateOf = counts.ratesAt(at)
      const saidBySimulation: Said = Object.fromEntries(
        [anyTrouble, ...troubles.keys()].map((fingerprint) => {
          const { lately, usual } =
            fingerprint === anyTrouble ? { lately: 0, usual: 0 } : counts.spreadOf(fingerprint, at)
          return [fingerprint, { rate: inDigits(rateOf(fingerprint)), lately, usual: inDigits(usual) }]
        }),
      )
      expect(saidBySimulation, `day ${day}`).toEqual(await saidByDatabase([...troubles.values()], at))
      present += Object.values(saidBySimulation).filter(({ lately }) => lately > 0).length
    }
    return present
  }

  it('are those of the database, day by day', async () => {
    expect(await compareByDay(plan)).toBeGreaterThan(learnedDays * 8)
  })

  it('are those of the database also where most customers report nothing but failures', async () => {
    expect(await compareByDay({ ...plan, pageViews: 0.2 })).toBeGreaterThan(learnedDays * 8)
  })
})
