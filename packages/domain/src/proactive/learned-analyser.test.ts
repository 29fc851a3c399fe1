import { describe, expect, it } from 'vitest'
import { chanceFrom } from '../classification/training.ts'
import { minutes } from '../kernel/time.ts'
import { after, exampleFacts } from '../testing/examples.ts'
import type { Analyser } from './analyser.ts'
import { analyseBy, AnalyserPaused } from './analyser.ts'
import type { LearnedPatterns, TroubleOutcome, TroublePattern } from './learned-analyser.ts'
import { learnedAnalyser, learningPatterns, notableTrouble } from './learned-analyser.ts'
import { defaultProactiveSettings as settings } from './settings.ts'
import type { SuspicionFacts } from './suspicion.ts'
import { isSuspectedByRules, suspect } from './suspicion.ts'

/** Trouble that occurs in a history: how often, and by which tickets it is followed. */
type Cause = { readonly code: string; readonly count: number; readonly share: number; readonly category: string }

const causes: readonly Cause[] = [
  { code: 'E_PAY', count: 3, share: 0.9, category: 'billing/payment' },
  { code: 'E_CHAT', count: 3, share: 0.04, category: 'technical/chat' },
  { code: 'E_LOGIN', count: 2, share: 0.85, category: 'account/login' },
  { code: 'E_SLOW', count: 2, share: 0.02, category: 'technical/slow' },
]

/** A history of such troubles, the same for a seed. */
function historyOf(number: number, seed: number, shareOf = ({ share }: Cause): number => share) {
  const chance = chanceFrom(seed)
  return Array.from({ length: number }, (_, index): TroublePattern => {
    const cause = causes[index % causes.length]!
    const { code, count, category } = cause
    const outcome: TroubleOutcome = chance() < shareOf(cause) ? { hasTicket: true, category } : { hasTicket: false }
    return {
      trouble: {
        rule: 'repeated',
        kind: 'error_occurred',
        code,
        count,
        reasons: [{ reason: 'repeated', count, expected: 0.05 }],
        evidence: [{ fingerprint: `error_occurred:${code}`, count }],
      },
      outcome,
    }
  })
}

function learn(patterns: readonly TroublePattern[]): LearnedPatterns | undefined {
  const work = learningPatterns(patterns)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

const factsOf = (code: string, count: number): SuspicionFacts =>
  exampleFacts({
    activities: Array.from({ length: count }, (_, index) => ({
      kind: 'error_occurred',
      code,
      at: after(-minutes(10 * (index + 1))),
      page: undefined,
      version: undefined,
      detail: {},
    })),
    rateOf: () => 0.05,
  })

describe('what is learned of trouble', () => {
  const history = historyOf(400, 1)
  const learned = learn(history)

  it('is compared with the rules by precision and recall, on held-out history', () => {
    const followed = history.filter(({ outcome }) => outcome.hasTicket)
    const suspected = history.filter(({ trouble }) => isSuspectedByRules(trouble))
    const right = suspected.filter(({ outcome }) => outcome.hasTicket).length
    expect(suspected).toHaveLength(200)
    expect(learned?.evaluation).toMatchObject({
      patterns: 400,
      followed: followed.length,
      rules: { suspected: 200, precision: right / 200, recall: right / followed.length },
      isBetter: true,
    })
    expect(learned?.evaluation.learned.precision).toBeGreaterThan(0.75)
    expect(learned?.evaluation.learned.recall).toBeGreaterThan(0.85)
    expect(learned?.evaluation.categoryAccuracy).toBeGreaterThan(0.9)
  })

  it('does not depend on the order of the history', () => {
    const reversed = learn(history.toReversed())
    expect(reversed?.model.version).toBe(learned?.model.version)
    expect(reversed?.evaluation).toEqual(learned?.evaluation)
  })

  it('is not better than the rules where trouble says nothing of tickets', () => {
    expect(learn(historyOf(400, 2, () => 0.2))?.evaluation.isBetter).toBe(false)
  })

  it('is nothing for a short history, for one without tickets, and for one of tickets alone', () => {
    expect(learn(history.slice(0, 80))).toBeUndefined()
    expect(learn(historyOf(400, 3, () => 0))).toBeUndefined()
    expect(learn(historyOf(400, 4, () => 1))).toBeUndefined()
    expect(learn([])).toBeUndefined()
  })

  it('suspects what tickets follow, and nothing else', async () => {
    const analyser = learnedAnalyser(learned!.model, async () => settings)
    expect(analyser).toMatchObject({ name: 'learned', version: learned?.model.version })
    const payment = await analyser.analyse(factsOf('E_PAY', 3))
    expect(payment).toMatchObject({ fingerprint: 'error_occurred:E_PAY', count: 3, evidence: [{ count: 3 }] })
    expect(payment?.confidence).toBeGreaterThan(0.5)
    expect(payment?.confidence).toBeLessThan(1)
    expect(suspect(factsOf('E_CHAT', 3), settings)).toBeDefined()
    expect(await analyser.analyse(factsOf('E_CHAT', 3))).toBeUndefined()
    expect(await analyser.analyse({ ...factsOf('E_PAY', 3), activities: [] })).toBeUndefined()
  })

  it('is learned from what the rules suspect, or else from the most frequent trouble', () => {
    expect(notableTrouble(factsOf('E_PAY', 3), settings)?.code).toBe('E_PAY')
    expect(notableTrouble(factsOf('E_PAY', 1), settings)).toBeUndefined()
  })
})

describe('analysers in their order', () => {
  const facts = factsOf('E_PAY', 4)
  const failing = (error: Error): Analyser => ({ name: 'model', analyse: () => Promise.reject(error) })
  const silent: Analyser = { name: 'learned', version: '1', analyse: () => Promise.resolve(undefined) }

  it('the first that works decides, also that there is nothing', async () => {
    const failures: string[] = []
    const report = (error: unknown, { name }: Analyser): void => void failures.push(`${name}: ${String(error)}`)
    const analysers = [failing(new Error('away')), silent]
    expect(await analyseBy(analysers, facts, settings, report)).toMatchObject({
      suspicion: undefined,
      analyser: { name: 'learned', version: '1' },
    })
    expect(failures).toEqual(['model: Error: away'])
  })

  it('the rules decide at last, and a pause is no failure', async () => {
    const failures: unknown[] = []
    const report = (error: unknown): void => void failures.push(error)
    const paused = [failing(new AnalyserPaused('later'))]
    expect(await analyseBy(paused, facts, settings, report)).toMatchObject({
      suspicion: suspect(facts, settings),
      analyser: { name: 'rules' },
    })
    expect(failures).toEqual([])
  })
})
