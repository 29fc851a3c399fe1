import { describe, expect, it } from 'vitest'
import { days, elapsed, instant, later, learnedDays } from '@guichet/domain'
import { activitiesByDay, expectedActivities } from './activity-days.ts'
import type { ActivityPlan, SimulatedActivity } from './activity-plan.ts'
import { causesOfPlan } from './causes.ts'

const plan: ActivityPlan = {
  customers: 300,
  days: 7,
  seed: 'seven',
  start: instant('2026-01-05T00:00:00Z'),
  failuresPerDay: 0.3,
  causes: 20,
  pageViews: 1,
}

const activitiesOf = (more: Partial<ActivityPlan> = {}): readonly (readonly SimulatedActivity[])[] => {
  const changed = { ...plan, ...more }
  return [...activitiesByDay(changed, causesOfPlan(changed))]
}

describe('the activities of a plan', () => {
  it('come day by day, each of them in order and on its day', () => {
    const byDay = activitiesOf()
    expect(byDay).toHaveLength(learnedDays + plan.days + 1)
    const moments = byDay.flat().map(({ at }) => at)
    expect(moments).toEqual(moments.toSorted())
    const first = later(plan.start, -days(learnedDays))
    for (const [day, activities] of byDay.entries())
      for (const { at } of activities) expect(Math.floor(elapsed(first, at) / days(1))).toBe(day)
  })

  it('are failures in pairs of clicks, and a page view a day of those who report them', () => {
    expect(activitiesOf({ pageViews: 0 }).flat().length % 2).toBe(0)
    const views = activitiesOf({ pageViews: 0.5, failuresPerDay: 0, causes: 0 }).flat()
    const viewers = new Set(views.map(({ customer }) => customer))
    expect(viewers.size).toBeGreaterThan(100)
    expect(viewers.size).toBeLessThan(200)
    expect(views).toHaveLength(viewers.size * (learnedDays + plan.days))
  })

  it('are those of their causes too, once each', () => {
    const ofCauses = causesOfPlan(plan).flatMap(({ activities }) => activities)
    expect(activitiesOf({ failuresPerDay: 0, pageViews: 0 }).flat()).toHaveLength(ofCauses.length)
  })

  it('are the same for the same seed, and others for another', () => {
    expect(activitiesOf()).toEqual(activitiesOf())
    expect(activitiesOf()).not.toEqual(activitiesOf({ seed: 'eight' }))
  })

  it('are about as many as was expected', () => {
    const count = activitiesOf({ causes: 0 }).flat().length
    expect(expectedActivities({ ...plan, causes: 0 }) / count).toBeCloseTo(1, 1)
    expect(expectedActivities(plan)).toBeGreaterThan(expectedActivities({ ...plan, causes: 0 }))
  })
})

describe('the causes of a plan', () => {
  const causes = causesOfPlan({ ...plan, causes: 100 })

  it('are of every rule in turns, with outages between them, and every other one is hard', () => {
    const countOf = (kind: string): number => causes.filter((cause) => cause.kind === kind).length
    expect(['outage', 'repeated', 'searches', 'rising'].map(countOf)).toEqual([4, 32, 32, 32])
    expect(causes.filter(({ difficulty }) => difficulty === 'hard')).toHaveLength(50)
  })

  it('concern one customer each, but for outages, and happen within the plan', () => {
    const end = later(plan.start, days(plan.days))
    for (const cause of causes) {
      expect(cause.activities.every(({ at }) => at >= cause.from && at <= cause.to)).toBe(true)
      expect(cause.from >= plan.start && cause.from < end).toBe(true)
      if (cause.kind !== 'outage') expect(cause.customers.size).toBe(1)
    }
  })

  it('are trouble where they are plain; a hard one is where three of its activities lie within a day', () => {
    for (const { kind, difficulty, isTrouble, activities } of causes.filter((cause) => cause.kind !== 'outage')) {
      const critical = activities.filter(({ detail }) => detail.opened !== true)
      const moments = critical.filter((_, index) => index % 2 === 0).map(({ at }) => at)
      const isClose = moments.some((at, index) => {
        const third = moments[index + 2]
        return third !== undefined && elapsed(at, third) < days(1)
      })
      expect({ kind, difficulty, isTrouble }).toEqual({ kind, difficulty, isTrouble: isClose })
      if (difficulty === 'plain') expect(isTrouble).toBe(true)
    }
    expect(causes.filter(({ difficulty, isTrouble }) => difficulty === 'hard' && !isTrouble)).not.toEqual([])
  })

  it('have codes that customers meet anyway where they are hard, or a search that ends at an article', () => {
    const hard = causes.filter(({ kind, difficulty }) => kind !== 'outage' && difficulty === 'hard')
    const made = hard.flatMap(({ activities }) => activities).filter(({ code }) => /DEFECT|RISING/.test(code))
    expect(made).toEqual([])
    const opened = hard.filter(({ activities }) => activities.some(({ detail }) => detail.opened === true))
    expect(opened.length).toBeGreaterThan(0)
    expect(opened.every(({ kind }) => kind === 'searches')).toBe(true)
  })
})
