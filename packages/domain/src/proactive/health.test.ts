import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, monday } from '../testing/examples.ts'
import type { HealthScores, HealthSignal, HealthTerm } from './health.ts'
import {
  alertedAfter,
  healthAt,
  healthSettingsSchema,
  healthTerms,
  healthTrend,
  isFurtherFall,
  organisationSize,
} from './health.ts'
import { defaultProactiveSettings, healthSettingsOf } from './settings.ts'

const settings = healthSettingsOf(undefined)
const signal = (term: HealthTerm, at: Instant, fields: Partial<HealthSignal> = {}): HealthSignal => ({
  term,
  source: `${term}-${at}`,
  at,
  ...fields,
})
const ago = (milliseconds: number): Instant => later(monday, -milliseconds)
const scoreOf = (...signals: readonly HealthSignal[]): number => healthAt(signals, monday, settings).score

describe('a score', () => {
  it('is 100 for whom nothing has happened to', () => {
    expect(healthAt([], monday, settings)).toEqual({ score: 100, reasons: [] })
  })

  it('is lower by the points of each reason, which names its cases, the latest first', () => {
    const { score, reasons } = healthAt(
      [
        signal('tickets', ago(days(3)), { source: 'a' }),
        signal('tickets', ago(days(1)), { source: 'b' }),
        signal('breaches', ago(days(2)), { source: 'a' }),
        signal('breaches', ago(days(1)), { source: 'a' }),
      ],
      monday,
      settings,
    )
    expect(reasons).toEqual([
      { term: 'tickets', count: 2, points: 10, evidence: ['b', 'a'] },
      { term: 'breaches', count: 2, points: 13, evidence: ['a'] },
    ])
    expect(score).toBe(77)
  })

  it('rises again without any event when what happened is thirty days ago', () => {
    const ticket = signal('tickets', monday)
    expect(healthAt([ticket], after(days(30) - 1), settings).score).toBe(95)
    expect(healthAt([ticket], after(days(30)), settings).score).toBe(100)
    expect(healthAt([ticket], ago(1), settings).score).toBe(100)
  })

  it('is lower for a message that nobody has answered for a day, until somebody does', () => {
    const wait = signal('waits', monday, { until: after(days(40)) })
    const scoreAfter = (milliseconds: number): number => healthAt([wait], after(milliseconds), settings).score
    expect(scoreAfter(hours(24) - 1)).toBe(100)
    expect(scoreAfter(hours(24))).toBe(93)
    expect(scoreAfter(days(39))).toBe(93)
    expect(scoreAfter(days(40))).toBe(100)
  })

  it('is lower for suspected trouble until it is a ticket, and for low ratings alone', () => {
    expect(scoreOf(signal('suspicions', ago(days(1))))).toBe(95)
    expect(scoreOf(signal('suspicions', ago(days(1)), { until: ago(minutes(1)) }))).toBe(100)
    const scores = [1, 2, 3, 5].map((rating) => scoreOf(signal('ratings', ago(days(1)), { rating })))
    expect(scores).toEqual([95, 95, 100, 100])
  })

  it('of an organisation takes as many cases for each of the customers that it counts as', () => {
    const tickets = Array.from({ length: 4 }, (_, index) => signal('tickets', ago(hours(index))))
    expect([1, 5, 6, 50].map((members) => organisationSize(members, settings))).toEqual([1, 1, 2, 10])
    expect(healthAt(tickets, monday, settings, 1).score).toBe(80)
    expect(healthAt(tickets, monday, settings, 2).score).toBe(90)
  })

  it('has a trend', () => {
    const tickets = [signal('tickets', ago(days(40))), signal('tickets', ago(days(10))), signal('tickets', monday)]
    expect(healthTrend(tickets, monday, settings)).toMatchObject({ score: 90, sevenDaysAgo: 95, thirtyDaysAgo: 95 })
  })
})

const anySignal: fc.Arbitrary<HealthSignal> = fc
  .record({
    term: fc.constantFrom(...healthTerms),
    source: fc.constantFrom('a', 'b', 'c'),
    age: fc.integer({ min: -days(2), max: days(70) }),
    lasts: fc.option(fc.integer({ min: 0, max: days(70) }), { nil: undefined }),
    rating: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })
  .map(({ term, source, age, lasts, rating }) => ({
    term,
    source,
    at: ago(age),
    until: lasts === undefined ? undefined : ago(age - lasts),
    rating: term === 'ratings' ? rating : undefined,
  }))
const anySignals = fc.array(anySignal, { maxLength: 60 })
const anySettings = fc
  .record({
    terms: fc.record(
      Object.fromEntries(
        healthTerms.map((term) => [
          term,
          fc.record({ points: fc.integer({ min: 0, max: 16 }), limit: fc.integer({ min: 1, max: 20 }) }),
        ]),
      ),
    ),
    within: fc.integer({ min: 1, max: 60 }).map((count) => days(count)),
    waitsAfter: fc.integer({ min: 1, max: 72 }).map((count) => hours(count)),
    lowRating: fc.integer({ min: 1, max: 5 }),
  })
  .map((input) => healthSettingsSchema.parse(input))
const anySize = fc.integer({ min: 1, max: 30 })

describe('every score', () => {
  it('is from 0 to 100, and 100 less the points of its reasons, none of which takes more than its term may', () => {
    fc.assert(
      fc.property(anySignals, anySettings, anySize, (signals, measured, size) => {
        const { score, reasons } = healthAt(signals, monday, measured, size)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score + reasons.reduce((sum, { points }) => sum + points, 0)).toBe(100)
        for (const { term, points, count, evidence } of reasons) {
          expect(points).toBeGreaterThan(0)
          expect(points).toBeLessThanOrEqual(measured.terms[term].points)
          expect(evidence.length).toBeLessThanOrEqual(count)
        }
      }),
    )
  })

  it('does not rise by one more case of a term, and no other reason changes by it', () => {
    fc.assert(
      fc.property(anySignals, anySignal, anySettings, anySize, (signals, more, measured, size) => {
        const before = healthAt(signals, monday, measured, size)
        const now = healthAt([...signals, more], monday, measured, size)
        expect(now.score).toBeLessThanOrEqual(before.score)
        const others = ({ reasons }: typeof now) => reasons.filter(({ term }) => term !== more.term)
        expect(others(now)).toEqual(others(before))
      }),
    )
  })

  it('depends on no order of the cases, nor do its reasons', () => {
    fc.assert(
      fc.property(anySignals, anySettings, (signals, measured) => {
        expect(healthAt(signals.toReversed(), monday, measured)).toEqual(healthAt(signals, monday, measured))
      }),
    )
  })
})

/** The scores at which the desk is alerted, of those that are looked at one after the other. */
function alertsOf(looks: readonly HealthScores[], measured = settings): readonly number[] {
  const alerts: number[] = []
  let alerted: number | undefined
  for (const scores of looks) {
    if (isFurtherFall(scores, alerted, measured)) alerts.push(scores.now)
    alerted = alertedAfter(scores, alerted, measured)
  }
  return alerts
}

describe('a fall', () => {
  const fallTo = (...scores: readonly number[]) => alertsOf(scores.map((now) => ({ weekBefore: 100, now })))

  it('is alerted to with each step, however many looks there are at it', () => {
    expect(fallTo(90, 80, 80, 80)).toEqual([80])
    expect(fallTo(81, 80, 61, 60)).toEqual([80, 60])
    expect(fallTo(30, 30, 10)).toEqual([30, 10])
  })

  it('is alerted to whenever somebody looks first, as long as it lasts', () => {
    expect(alertsOf([{ weekBefore: 100, now: 80 }])).toEqual([80])
    expect(alertsOf([{ weekBefore: 80, now: 80 }])).toEqual([])
  })

  it('is alerted to again when the score has risen before, by a step', () => {
    expect(fallTo(80, 90, 80)).toEqual([80])
    expect(fallTo(80, 90, 80, 70)).toEqual([80, 70])
    expect(fallTo(80, 100, 80)).toEqual([80, 80])
  })

  it('is the same when the score of a week before rises and falls behind it', () => {
    const looks = [100, 93, 100].map((weekBefore) => ({ weekBefore, now: 80 }))
    expect(alertsOf(looks)).toEqual([80])
  })

  it('is counted from the score of a week before, also long after an alert', () => {
    const low = { weekBefore: 80, now: 80 }
    expect(alertsOf([{ weekBefore: 100, now: 80 }, low, low, { weekBefore: 80, now: 60 }])).toEqual([80, 60])
    expect(alertsOf([{ weekBefore: 100, now: 80 }, low, { weekBefore: 75, now: 60 }])).toEqual([80])
  })

  it('is a step since the last alert at least, and since the week before', () => {
    const anyScore = fc.integer({ min: 0, max: 100 })
    const anyLooks = fc.array(fc.record({ weekBefore: anyScore, now: anyScore }), { maxLength: 30 })
    fc.assert(
      fc.property(anyLooks, fc.integer({ min: 1, max: 50 }), (looks, alertStep) => {
        const measured = { ...settings, alertStep }
        let highestSince = 100
        for (const [index, { weekBefore, now }] of looks.entries()) {
          const before = alertsOf(looks.slice(0, index), measured).length
          const isAlert = alertsOf(looks.slice(0, index + 1), measured).length > before
          expect(isAlert).toBe(weekBefore - now >= alertStep && highestSince - now >= alertStep)
          highestSince = isAlert ? now : Math.max(highestSince, now)
        }
      }),
    )
  })
})

describe('the settings', () => {
  it('have a default, also where an earlier configuration says nothing of health', () => {
    const { health: _, ...earlier } = defaultProactiveSettings
    expect(healthSettingsOf(earlier as typeof defaultProactiveSettings)).toEqual(healthSettingsSchema.parse({}))
    const points = Object.values(settings.terms).reduce((sum, term) => sum + term.points, 0)
    expect(points).toBe(100)
  })

  it.each([
    ['more than a hundred points in all', { terms: { tickets: { points: 31 } } }, /at most 100 points/],
    ['no case that takes all points', { terms: { waits: { limit: 0 } } }, /.+/],
    ['everybody at risk', { atRisk: 100 }, /.+/],
    ['an unknown term', { terms: { moods: { points: 1 } } }, /.+/],
  ])('are refused with %s', (_, input, fault) => {
    const { error } = healthSettingsSchema.safeParse(input)
    expect(error?.issues[0]?.message).toMatch(fault)
  })
})
