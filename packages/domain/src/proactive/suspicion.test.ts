import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chanceFrom, shuffle } from '../classification/training.ts'
import type { Instant } from '../kernel/time.ts'
import { days, elapsed, hours, later, minutes, sinceEpoch } from '../kernel/time.ts'
import { after, exampleFacts, monday } from '../testing/examples.ts'
import { activityFingerprint } from './activity.ts'
import { anyTrouble, learnedRates } from './base-rates.ts'
import type { AnalysedActivity } from './counted-activities.ts'
import { countActivities } from './counted-activities.ts'
import { reasonSentences } from './draft-text.ts'
import type { ProactiveSettingsInput } from './settings.ts'
import { defaultProactiveSettings, proactiveSettingsSchema } from './settings.ts'
import type { Spread, SuspicionFacts } from './suspicion.ts'
import { isWidespread, suspect, suspicionCandidates } from './suspicion.ts'

const settingsWith = (settings: ProactiveSettingsInput = {}) => proactiveSettingsSchema.parse(settings)

const activity = (
  kind: string,
  code: string,
  at: Instant,
  fields: Partial<AnalysedActivity> = {},
): AnalysedActivity => ({
  kind,
  code,
  at,
  page: '/pay',
  version: '2.1',
  detail: {},
  ...fields,
})

/** An error some hours before the analysis. */
const error = (code: string, before: number, fields: Partial<AnalysedActivity> = {}): AnalysedActivity =>
  activity('error_occurred', code, after(-before), fields)

const search = (query: string, before: number, opened = false): AnalysedActivity =>
  activity('faq_search', '', after(-before), { detail: { query, opened } })

/** The facts of an analysis on Monday of a person who is alone with their trouble. */
const factsOf = (activities: readonly AnalysedActivity[], facts: Partial<SuspicionFacts> = {}): SuspicionFacts =>
  exampleFacts({ activities, ...facts })

const suspected = (
  activities: readonly AnalysedActivity[],
  facts: Partial<SuspicionFacts> = {},
  settings: ProactiveSettingsInput = {},
) => suspect(factsOf(activities, facts), settingsWith(settings))

const thrice = [error('E_PAYMENT', hours(5)), error('E_PAYMENT', hours(2)), error('E_PAYMENT', minutes(5))]

describe('the same trouble again and again', () => {
  it('is suspected, with what happened, since when and why', () => {
    expect(suspected(thrice)).toEqual({
      rule: 'repeated',
      fingerprint: 'error_occurred:E_PAYMENT',
      kind: 'error_occurred',
      code: 'E_PAYMENT',
      count: 3,
      since: after(-hours(5)),
      pages: ['/pay'],
      versions: ['2.1'],
      priority: 'normal',
      confidence: 0.983,
      reasons: [{ reason: 'repeated', count: 3, expected: 0.05 }],
      evidence: [{ fingerprint: 'error_occurred:E_PAYMENT', count: 3 }],
      spread: { lately: 1, usual: 0 },
    })
  })

  it('says how many customers have it, and on a usual day, as far as that is learned', () => {
    const spreadIs = (spread: Spread) => suspected(thrice, { spreadOf: () => spread })?.spread
    expect(spreadIs({ lately: 12, usual: 1 / 7 })).toEqual({ lately: 12, usual: 0.143 })
    expect(spreadIs({ lately: 12, usual: undefined })).toEqual({ lately: 12 })
  })

  it('needs as many activities as the settings say, within their time', () => {
    expect(suspected(thrice.slice(1))).toBeUndefined()
    expect(suspected([...thrice.slice(1), error('E_PAYMENT', hours(25))])).toBeUndefined()
    expect(suspected(thrice, {}, { threshold: 4 })).toBeUndefined()
    expect(suspected(thrice, {}, { within: '1h' })).toBeUndefined()
    expect(suspected(thrice, {}, { critical: ['login_failed'] })).toBeUndefined()
    expect(suspected(thrice, {}, { enabled: false })).toBeUndefined()
  })

  it('counts once what is repeated within a minute of it', () => {
    const clicks = [0, 2, 30, 59].map((seconds) => error('E_PAYMENT', hours(1) - seconds * 1_000))
    expect(suspected(clicks)).toBeUndefined()
    expect(suspected([...clicks, ...thrice.slice(1)])).toMatchObject({ count: 3, since: after(-hours(2)) })
    const retries = [0, 40, 80, 120, 160, 200].map((seconds) => error('E_PAYMENT', hours(1) - seconds * 1_000))
    expect(suspected(retries)).toMatchObject({ count: 3 })
  })

  it('is no trouble of one person when it happens to everybody', () => {
    const many = Array.from({ length: 5 }, (_, index) => error('E_SEARCH', hours(index + 1)))
    const counts = new Map([['error_occurred:E_SEARCH', 30_000]])
    const everybody = learnedRates({ counts, any: 30_000, personDays: 10_000 })
    expect(suspected(many)).toMatchObject({ rule: 'repeated', count: 5 })
    expect(suspected(many, { rateOf: everybody })).toBeUndefined()
    const both = [...many, ...thrice]
    expect(suspected(both, { rateOf: everybody })).toMatchObject({ code: 'E_PAYMENT', count: 3 })
  })

  it('is widespread, and no trouble of one person, when many have it, and many more than usual', () => {
    const widespread = { lately: 20, usual: 6 }
    expect(isWidespread(widespread, settingsWith())).toBe(true)
    expect(suspected(thrice, { spreadOf: () => widespread })).toBeUndefined()
    for (const spread of [
      { lately: 19, usual: 0 },
      { lately: 2_000, usual: 1_900 },
      { lately: 2_000, usual: undefined },
    ]) {
      expect(isWidespread(spread, settingsWith())).toBe(false)
      expect(suspected(thrice, { spreadOf: () => spread })).toMatchObject({ rule: 'repeated' })
    }
  })

  it('is suspected beside a ticket that was opened from a draft about other trouble', () => {
    const ticket = { openedAt: after(-hours(4)), isOpen: true }
    expect(suspected(thrice, { tickets: [ticket] })).toBeUndefined()
    expect(suspected(thrice, { tickets: [{ ...ticket, isFromDraft: true }] })).toMatchObject({
      reasons: [{ reason: 'repeated' }, { reason: 'tickets', count: 1 }],
    })
  })

  it('is not suspected when the person has opened a ticket since it began, as long as that is open or it has not come back', () => {
    const opened = (openedAt: Instant, isOpen: boolean) => ({ tickets: [{ openedAt, isOpen }] })
    expect(suspected(thrice, opened(after(-hours(4)), true))).toBeUndefined()
    expect(suspected(thrice, opened(after(-hours(4)), false))).toBeUndefined()
    expect(suspected(thrice, opened(after(-hours(6)), true))).toMatchObject({
      reasons: [{ reason: 'repeated' }, { reason: 'tickets', count: 1 }],
    })
    expect(suspected(thrice, opened(after(-days(31)), true))?.reasons).toHaveLength(1)
  })

  it('is not suspected the day after the person has opened a ticket about it, which is still open', () => {
    const yesterday = [26, 25, 24.5].map((before) => error('E_PAYMENT', hours(before)))
    const today = [...yesterday, ...thrice]
    const opened = (isOpen: boolean) => ({ tickets: [{ openedAt: after(-hours(21)), isOpen }] })
    expect(suspected(today, opened(true))).toBeUndefined()
    expect(suspected(today, opened(false))).toMatchObject({ count: 3, since: after(-hours(5)) })
    const others = yesterday.map((each) => ({ ...each, code: 'E_OTHER' }))
    expect(suspected([...others, ...thrice], opened(true))).toMatchObject({ code: 'E_PAYMENT', count: 3 })
  })

  it('is not suspected while a ticket is open that was opened before the first activity which is read', () => {
    const ticket = (isOpen: boolean) => ({ openedAt: after(-days(8)), isOpen })
    const starting = (from: Instant, isOpen = true) => ({
      tickets: [ticket(isOpen)],
      troubleSpells: () => [{ from, to: after(-hours(1)) }],
    })
    const since = (from: Instant) => suspected(thrice, { troubleSpells: () => [{ from, to: after(-hours(1)) }] })?.since
    expect(suspected(thrice, starting(after(-days(9))))).toBeUndefined()
    expect(suspected(thrice, starting(after(-days(7))))).toMatchObject({ count: 3, since: after(-hours(5)) })
    expect(suspected(thrice, starting(after(-days(9)), false))).toMatchObject({ count: 3, since: after(-hours(5)) })
    expect(since(after(-hours(20)))).toBe(after(-hours(20)))
    expect(suspected(thrice, { troubleSpells: () => [] })).toMatchObject({ since: after(-hours(5)) })
  })

  it('is not suspected while a ticket is open that was opened when it came before, however long it has paused since', () => {
    const spells = [
      { from: after(-days(60)), to: after(-days(50)) },
      { from: after(-days(20)), to: after(-days(18)) },
      { from: after(-hours(5)), to: after(-hours(1)) },
    ]
    const opened = (openedAt: Instant, isOpen: boolean, isFromDraft?: boolean) =>
      suspected(thrice, { tickets: [{ openedAt, isOpen, isFromDraft }], troubleSpells: () => spells })
    for (const before of [60, 50, 44, 20, 19, 18, 11]) expect(opened(after(-days(before)), true)).toBeUndefined()
    for (const before of [61, 42, 21, 10]) expect(opened(after(-days(before)), true)).toMatchObject({ count: 3 })
    expect(opened(after(-days(19)), false)).toMatchObject({ count: 3, since: after(-hours(5)) })
    expect(opened(after(-days(19)), true, true)).toMatchObject({ count: 3, since: after(-hours(5)) })
  })

  it('gives way to other trouble while it is excluded', () => {
    const excluding = (...fingerprints: readonly string[]) => ({
      isExcluded: (fingerprint: string) => fingerprints.includes(fingerprint),
    })
    const often = Array.from({ length: 10 }, (_, index) => error('E_A', hours(index + 1)))
    const other = Array.from({ length: 4 }, (_, index) => error('E_B', hours(index + 1)))
    const silent = excluding('error_occurred:E_A')
    expect(suspected([...often, ...other])).toMatchObject({ code: 'E_A', count: 10 })
    expect(suspected([...often, ...other], silent)).toMatchObject({ rule: 'repeated', code: 'E_B', count: 4 })
    expect(suspected(often, silent)).toBeUndefined()
    const all = excluding('error_occurred:E_A', 'error_occurred:E_B')
    expect(suspected([...often, ...other], all)).toBeUndefined()
  })

  it('gives way to it also when ten others are excluded that come more often', () => {
    const many = Array.from({ length: 50 }, (_, index) => error(`E_${index % 10}`, minutes(20 * (index + 1))))
    const isExcluded = (fingerprint: string) => fingerprint !== 'error_occurred:E_PAYMENT'
    expect(suspected([...many, ...thrice], { isExcluded })).toMatchObject({ code: 'E_PAYMENT', count: 3 })
  })

  it('is more pressing for sign-ins, and for colleagues', () => {
    const logins = [1, 2, 3].map((count) => activity('login_failed', '', after(-hours(count))))
    expect(suspected(logins)?.priority).toBe('high')
    expect(suspected(thrice, { othersOfOrganisation: () => 1 })?.priority).toBe('normal')
    expect(suspected(thrice, { othersOfOrganisation: () => 2 })).toMatchObject({
      priority: 'high',
      reasons: [{ reason: 'repeated' }, { reason: 'organisation', count: 2 }],
    })
  })

  it('is more pressing for the plans of the settings, which is a reason where it makes a difference', () => {
    const raised = { raisedPlans: ['premium'] }
    expect(suspected(thrice, { plan: 'premium' }, raised)).toMatchObject({
      priority: 'high',
      reasons: [{ reason: 'repeated' }, { reason: 'plan', count: 1 }],
    })
    const standard = suspected(thrice, { plan: 'standard' }, raised)
    expect([standard?.priority, standard?.reasons.length]).toEqual(['normal', 1])
    const high = suspected(thrice, { plan: 'premium', othersOfOrganisation: () => 2 }, raised)
    expect([high?.priority, high?.reasons.map(({ reason }) => reason)]).toEqual(['high', ['repeated', 'organisation']])
  })

  it('has every other failure as a reason, however many of them are the same', () => {
    const others = [error('E_OTHER', hours(1)), error('E_OTHER', hours(2))]
    const reasons = suspected([...thrice, ...others])?.reasons ?? []
    expect(reasons).toMatchObject([{ reason: 'repeated' }, { reason: 'other_trouble', count: 2 }])
    expect(reasonSentences(reasons, 'en')[1]).toBe('2 other failures in all.')
    expect(reasonSentences(reasons, 'fr')[1]).toBe('2 autres échecs en tout.')
  })

  it('names the pages and the versions where it happens most, and the other trouble', () => {
    const pages = ['/d', '/a', '/b', '/b', '/c', '/a', '/b']
    const activities = pages.map((page, index) =>
      error('E_PAYMENT', hours(index + 1), { page, version: index === 0 ? undefined : '2.1' }),
    )
    expect(suspected([...activities, error('E_OTHER', hours(1))])).toMatchObject({
      pages: ['/b', '/a', '/c'],
      versions: ['2.1'],
      priority: 'high',
      reasons: [{ reason: 'repeated' }, { reason: 'other_trouble', count: 1 }],
      evidence: [
        { fingerprint: 'error_occurred:E_PAYMENT', count: 7 },
        { fingerprint: 'error_occurred:E_OTHER', count: 1 },
      ],
    })
  })
})

describe('searches in the help', () => {
  const searches = [search('facture', hours(3)), search('ma facture', hours(2)), search('payer', minutes(10))]

  it('are suspected when no article was opened', () => {
    const expected = { rule: 'searches', fingerprint: 'faq_search', kind: 'faq_search', count: 3, priority: 'low' }
    expect(suspected(searches)).toMatchObject(expected)
  })

  it('are not when one was, even within a minute of another search', () => {
    expect(suspected([...searches, search('x', hours(1), true)])).toBeUndefined()
    expect(suspected([...searches, search('x', minutes(10) - 5_000, true)])).toBeUndefined()
    expect(suspected([...searches, search('x', hours(25), true)])).toMatchObject({ rule: 'searches' })
  })

  it('count as trouble only without an opened article', () => {
    const answered = [search('a', hours(5), true), ...thrice]
    expect(suspected(answered)).toMatchObject({
      rule: 'repeated',
      evidence: [{ fingerprint: 'error_occurred:E_PAYMENT', count: 3 }],
    })
    expect(suspected(answered, {}, { threshold: 4 })).toBeUndefined()
    expect(suspected([search('a', hours(5)), ...thrice], {}, { threshold: 4 })).toMatchObject({ rule: 'repeated' })
  })

  it('are not suspected when the person has opened a ticket since they began, as long as that is open', () => {
    const earlier = search('facture', hours(30))
    const tickets = [{ openedAt: after(-hours(28)), isOpen: true }]
    expect(suspected([earlier, ...searches], { tickets })).toBeUndefined()
    expect(suspected(searches, { tickets })).toMatchObject({ rule: 'searches' })
  })

  it('are not when everybody searches as much', () => {
    expect(suspected(searches, { rateOf: () => 2 })).toBeUndefined()
  })
})

describe('more errors than in the week before', () => {
  const today = ['A', 'B', 'C', 'D', 'E'].map((code, index) => error(code, hours(index + 1)))
  const daily = (count: number) =>
    Array.from({ length: 6 * count }, (_, index) => error(`W${index}`, days(1) + hours(1) + index * hours(23 / count)))

  it('are suspected, whatever their codes', () => {
    expect(suspected(today)).toMatchObject({
      rule: 'rising',
      fingerprint: anyTrouble,
      kind: 'error_occurred',
      code: '',
      count: 5,
      reasons: [{ reason: 'rising', count: 5, expected: 0.3 }],
    })
  })

  it('are compared with the own week of the person', () => {
    expect(suspected([...today, ...daily(3)])).toBeUndefined()
    const worse = Array.from({ length: 15 }, (_, index) => error(`T${index}`, hours(1) + index * hours(1)))
    expect(suspected([...worse, ...daily(3)])).toMatchObject({ rule: 'rising', count: 15 })
  })

  it('are no trouble of one person when many others have the same', () => {
    expect(suspected(today, { spreadOf: () => ({ lately: 20, usual: 6 }) })).toBeUndefined()
  })

  it('are not suspected when the person has opened a ticket since the first of them, as long as that is open', () => {
    const earlier = error('C', hours(50))
    const opened = (isOpen: boolean) => ({ tickets: [{ openedAt: after(-hours(30)), isOpen }] })
    expect(suspected([earlier, ...today], opened(true))).toBeUndefined()
    expect(suspected([earlier, ...today], opened(false))).toMatchObject({ rule: 'rising', count: 5 })
    expect(suspected(today, opened(true))).toMatchObject({ rule: 'rising', count: 5 })
  })

  it('do not come back while they are excluded', () => {
    expect(suspected(today, { isExcluded: (fingerprint) => fingerprint === anyTrouble })).toBeUndefined()
  })

  it('are no trouble of one person when everybody has as many', () => {
    expect(suspected(today, { rateOf: (fingerprint) => (fingerprint === anyTrouble ? 4 : 1) })).toBeUndefined()
  })
})

describe('an analysis', () => {
  const one = fc.record({
    kind: fc.constantFrom('error_occurred', 'faq_search', 'login_failed'),
    code: fc.constantFrom('', 'A', 'B'),
    before: fc.integer({ min: 0, max: 12 }).map((count) => hours(count)),
    page: fc.constantFrom('/a', '/b', undefined),
    opened: fc.boolean(),
  })

  it('gives the same result for the same facts, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), fc.integer(), (list, seed) => {
        const activities = list.map(({ kind, code, before, page, opened }) =>
          activity(kind, code, after(-before), { page, detail: { opened } }),
        )
        const order = Float64Array.from(activities, (_, index) => index)
        shuffle(order, chanceFrom(seed))
        const shuffled = [...order].flatMap((index) => activities[index] ?? [])
        expect(suspected(shuffled)).toEqual(suspected(activities))
      }),
    )
  })

  it('gives the same result when its activities are counted beforehand', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (list) => {
        const facts = factsOf(
          list.map(({ kind, code, before, page, opened }) =>
            activity(kind, code, after(-before), { page, detail: { opened } }),
          ),
        )
        const counted = { ...facts, counted: countActivities(facts.at, facts.activities, defaultProactiveSettings) }
        expect(suspicionCandidates(counted, defaultProactiveSettings)).toEqual(
          suspicionCandidates(facts, defaultProactiveSettings),
        )
      }),
    )
  })

  it('ignores what is older than a week, or not yet there', () => {
    const future = thrice.map(({ at, ...rest }) => ({ ...rest, at: later(at, days(1)) }))
    expect(suspected(future)).toBeUndefined()
    const old = Array.from({ length: 50 }, (_, index) => error(`W${index}`, days(7) + hours(index)))
    expect(suspected(old)).toBeUndefined()
  })
})

describe('a week of people', () => {
  /** Six failures that happen to everybody by chance, three times in ten days together. */
  const failures = Array.from({ length: 6 }, (_, index) => `E${index}`)
  const rateOf = (fingerprint: string) =>
    fingerprint === anyTrouble ? 0.3 : fingerprint === 'error_occurred:E_CAUSE' ? undefined : 0.3 / failures.length

  /** What happens by chance to a healthy person in a week, each failure clicked twice. */
  function chanceFailures(chance: () => number): readonly AnalysedActivity[] {
    const activities: AnalysedActivity[] = []
    for (let at = untilNext(chance); at < days(7); at += untilNext(chance)) {
      const code = failures[Math.floor(chance() * failures.length)] ?? ''
      activities.push(...clickedTwice(code, at, chance))
    }
    return activities
  }

  const untilNext = (chance: () => number): number => (-Math.log(1 - chance()) / 0.3) * days(1)

  const clickedTwice = (code: string, at: number, chance: () => number): readonly AnalysedActivity[] =>
    [at, at + 1_000 + chance() * 20_000].map((moment) => activity('error_occurred', code, momentAt(moment)))

  const momentAt = (sinceMonday: number): Instant => sinceEpoch(Math.round(Date.parse(monday) + sinceMonday))

  /** What is suspected of a person when each of their activities is analysed as it happens. */
  function suspicionsOf(activities: readonly AnalysedActivity[]): ReadonlySet<string> {
    const fingerprints = activities.flatMap(({ at }) => {
      const before = activities.filter((each) => elapsed(each.at, at) >= 0)
      return suspect(factsOf(before, { at, rateOf }), defaultProactiveSettings)?.fingerprint ?? []
    })
    return new Set(fingerprints)
  }

  it('has fewer than one healthy person in twenty with a draft', () => {
    const chance = chanceFrom(2_026)
    const people = Array.from({ length: 2_000 }, () => suspicionsOf(chanceFailures(chance)))
    const withDraft = people.filter(({ size }) => size > 0)
    expect(withDraft.length / people.length).toBeLessThan(0.05)
  })

  it('has at least four in five of those whose trouble has a cause', () => {
    const chance = chanceFrom(27)
    const cause = activityFingerprint({ kind: 'error_occurred', code: 'E_CAUSE' })
    const people = Array.from({ length: 500 }, () => {
      const begin = chance() * days(6)
      const times = 3 + Math.floor(chance() * 4)
      const clicks = () => clickedTwice('E_CAUSE', begin + chance() * hours(24), chance)
      const caused = Array.from({ length: times }, clicks).flat()
      return suspicionsOf([...chanceFailures(chance), ...caused])
    })
    const detected = people.filter((suspicions) => suspicions.has(cause))
    expect(detected.length / people.length).toBeGreaterThan(0.8)
  })
})
