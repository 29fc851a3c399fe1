import { beforeAll, describe, expect, it } from 'vitest'
import { defaultProactiveSettings, instant } from '@guichet/domain'
import type { ActivitySummary } from './activity-figures.ts'
import type { ActivityPlan } from './activity-plan.ts'
import { simulateActivities } from './simulate-activities.ts'

const plan: ActivityPlan = {
  customers: 2_000,
  days: 7,
  seed: 'seven',
  start: instant('2026-01-05T00:00:00Z'),
  failuresPerDay: 0.3,
  causes: 100,
  pageViews: 1,
}

const small = { ...plan, customers: 300, causes: 20 }

describe.each(['seven', 'eight', 'nine'])('simulated activities with the seed %s', (seed) => {
  let summary: ActivitySummary
  beforeAll(async () => {
    summary = await simulateActivities({ ...plan, seed })
  })

  it('leave fewer than one healthy customer in twenty with a draft in a week', () => {
    expect(summary.healthy.customers).toBeGreaterThan(1_000)
    expect(summary.healthy.withDraft).toBeLessThan(0.05)
  })

  it('lead to at least four in five of the causes that are trouble, plain and hard ones together', () => {
    const { all, trouble } = summary.causes
    expect(all.injected).toBe(100)
    expect(trouble.injected).toBeGreaterThan(60)
    expect(trouble.injected).toBeLessThan(100)
    expect(trouble.recall).toBeGreaterThanOrEqual(0.8)
  })

  it('lead to seven in ten of all injected causes at least, also of those that are no trouble', () => {
    expect(summary.causes.all.recall).toBeGreaterThanOrEqual(0.7)
  })

  it('lead to four in five of the plain causes of every rule at least, and to plain outages as incidents', () => {
    expect(summary.rules.map(({ rule }) => rule)).toEqual(['repeated', 'searches', 'rising', 'incident'])
    for (const { rule, causes } of summary.rules) {
      expect(causes.plain.injected, rule).toBeGreaterThan(rule === 'incident' ? 1 : 10)
      expect(causes.plain.recall, rule).toBeGreaterThanOrEqual(0.8)
    }
  })

  it('detect hard causes less often than plain ones', () => {
    const { plain, hard } = summary.causes
    expect(hard.injected).toBe(50)
    expect(hard.recall).toBeLessThan(plain.recall ?? 0)
  })

  it('have figures that add up', () => {
    const { rules, causes } = summary
    for (const part of ['all', 'trouble', 'plain', 'hard'] as const) {
      const sumOf = (count: 'injected' | 'detected') => rules.reduce((sum, rule) => sum + rule.causes[part][count], 0)
      expect([sumOf('injected'), sumOf('detected')]).toEqual([causes[part].injected, causes[part].detected])
    }
    expect(causes.plain.injected + causes.hard.injected).toBe(causes.all.injected)
    for (const rule of rules) {
      expect(rule.right).toBeLessThanOrEqual(rule.suspected)
      expect(rule.causes.all.detected).toBeLessThanOrEqual(rule.right)
    }
  })
})

describe('simulated activities', () => {
  it('lead to four in five of all injected causes, with the seed whose figures are printed', async () => {
    const { causes, healthy } = await simulateActivities(plan)
    expect(causes.all.recall).toBeGreaterThanOrEqual(0.8)
    expect(healthy.withDraft).toBeLessThan(0.05)
  })

  it('are the same for the same seed', async () => {
    expect(await simulateActivities(small)).toEqual(await simulateActivities(small))
  })

  it('of nobody who meets a failure lead to nothing', async () => {
    const { activities, healthy, rules } = await simulateActivities({
      ...small,
      failuresPerDay: 0,
      causes: 0,
      pageViews: 0,
    })
    expect([activities, healthy]).toEqual([0, { customers: 300, withDraft: 0 }])
    for (const { suspected, precision, causes } of rules) {
      expect({ suspected, precision }).toEqual({ suspected: 0, precision: null })
      expect(causes.all).toEqual({ injected: 0, detected: 0, recall: null })
    }
  })

  it('count no draft about an outage as right: the outage is detected as a likely incident alone', async () => {
    const counts = { outageDrafts: 0, suspected: 0 }
    for (const seed of ['seven', 'eight', 'nine']) {
      const { outageDrafts, rules } = await simulateActivities({ ...plan, seed, failuresPerDay: 0, causes: 1 })
      const [repeated, incident] = [rules[0], rules.at(-1)]
      counts.outageDrafts += outageDrafts
      counts.suspected += repeated?.suspected ?? 0
      expect(repeated?.right).toBe(0)
      expect(incident?.causes.all).toEqual({ injected: 1, detected: 1, recall: 1 })
    }
    expect(counts.outageDrafts).toBeGreaterThan(0)
    expect(counts.suspected).toBe(counts.outageDrafts)
  })

  it('are analysed by the settings that are given', async () => {
    const off = await simulateActivities(small, { settings: { ...defaultProactiveSettings, enabled: false } })
    expect([off.analyses, off.causes.all.detected]).toEqual([0, 0])
    const reviewed = await simulateActivities(small, { settings: { ...defaultProactiveSettings, review: true } })
    expect(reviewed).toEqual(await simulateActivities(small))
    const strict = await simulateActivities(small, { settings: { ...defaultProactiveSettings, threshold: 20 } })
    expect(strict.analyses).toBeLessThan(reviewed.analyses)
    expect(strict.causes.trouble.injected).toBe(reviewed.causes.trouble.injected)
  })

  it('end when they are broken off', async () => {
    const signal = AbortSignal.abort(new Error('broken off'))
    await expect(simulateActivities(small, { signal })).rejects.toThrow('broken off')
  })
})
