import { heldOutAnswers } from '../classification/evaluate.ts'
import type { LinearModel } from '../classification/model-classifier.ts'
import { confidencesOf } from '../classification/model-classifier.ts'
import type { Example } from '../classification/training.ts'
import { learnable, training } from '../classification/training.ts'
import { canonicalJson } from '../kernel/fingerprint.ts'
import { compareTexts, shareOf } from '../kernel/values.ts'
import { activityFingerprint } from './activity.ts'
import type { Analyser } from './analyser.ts'
import { leastConfidence } from './analyser.ts'
import type { ProactiveSettings } from './settings.ts'
import type { Suspicion, SuspicionFacts } from './suspicion.ts'
import { isSuspectedByRules, maxConfidence, suspicionCandidates } from './suspicion.ts'

/** What is learned of trouble: its rule, kinds, codes and counts. */
export type TroubleFeatures = Pick<Suspicion, 'rule' | 'kind' | 'code' | 'count' | 'reasons' | 'evidence'>

/** What followed trouble: a ticket of a category, if it has one, or none. */
export type TroubleOutcome =
  { readonly hasTicket: false } | { readonly hasTicket: true; readonly category?: string | undefined }

/** Trouble in the history of a desk, and what followed it. */
export type TroublePattern = { readonly trouble: TroubleFeatures; readonly outcome: TroubleOutcome }

/** How good an analyser is at telling which trouble a ticket follows. */
export type DetectionQuality = {
  /** How much trouble it suspects. */
  readonly suspected: number
  /** Of what it suspects, the share that a ticket followed; null where it suspects nothing. */
  readonly precision: number | null
  /** Of what a ticket followed, the share that it suspects; null where none followed. */
  readonly recall: number | null
}

/** How good the rules are on the history of a desk, and what was learned from it, asked about held-out patterns. */
export type PatternEvaluation = {
  readonly patterns: number
  /** How many of them a ticket followed. */
  readonly followed: number
  readonly rules: DetectionQuality
  readonly learned: DetectionQuality
  /** Of the patterns that a ticket with a category followed, the share whose category is right; null without any. */
  readonly categoryAccuracy: number | null
  /** Whether what was learned beats the rules, and may decide. */
  readonly isBetter: boolean
}

/** What was learned, and how good it is. */
export type LearnedPatterns = { readonly model: LinearModel; readonly evaluation: PatternEvaluation }

/** How many patterns it takes to learn, and the most that are learned from. */
export const patternLimits = { minimumExamples: 100, minimumPerCategory: 10, mostExamples: 5_000 } as const

/** The categories of patterns: without a ticket, and with one; that of the ticket follows the sign of the latter. */
const signs = { none: '-', ticket: '+' } as const

/** By how much the harmonic mean of precision and recall must be better than that of the rules. */
const leastGain = 0.02

const folds = 5

/**
 * Learns from patterns, by the method of the classifier, and compares the result with the rules on held-out patterns.
 * Undefined for too few patterns. Pauses every few milliseconds.
 */
export function* learningPatterns(patterns: readonly TroublePattern[]): Generator<void, LearnedPatterns | undefined> {
  const examples = learnable(examplesOf(patterns), patternLimits).toSorted(byContent)
  if (!examples.some(isFollowed) || examples.every(isFollowed)) return undefined
  const answers = yield* heldOutAnswers(examples, folds, (model, example) => ({
    ...example,
    ...predictionOf(model, example.text),
  }))
  const model = yield* training(examples)
  return { model, evaluation: evaluationOf(answers) }
}

/** The trouble of a person of which a pattern is made: what the rules suspect, or else the most frequent one. */
export function notableTrouble(facts: SuspicionFacts, settings: ProactiveSettings): Suspicion | undefined {
  const suspicions = suspicionCandidates(facts, settings).map(({ suspicion }) => suspicion)
  return suspicions.find(isSuspectedByRules) ?? suspicions[0]
}

/**
 * The analyser that was learned from the desk's own history: of a person's troubles it suspects the one that a ticket
 * follows most probably, with this probability.
 */
export const learnedAnalyser = (model: LinearModel, settings: () => Promise<ProactiveSettings>): Analyser => ({
  name: 'learned',
  version: model.version,
  analyse: async (facts) => {
    const [best] = suspicionCandidates(facts, await settings())
      .map(({ suspicion }) => ({ suspicion, confidence: predictionOf(model, textOf(suspicion)).confidence }))
      .sort((one, other) => other.confidence - one.confidence)
    if (!best || best.confidence < leastConfidence) return undefined
    const confidence = Math.min(Math.round(best.confidence * 1_000) / 1_000, maxConfidence)
    return { ...best.suspicion, confidence }
  },
})

/** A pattern as a text with a category, whether that is the ticket's own, and whether the rules suspect it. */
type PatternExample = Example & { readonly hasCategory: boolean; readonly isSuspected: boolean }

/**
 * Patterns as examples. Tickets of categories that have too few of them count as tickets without one, and where these
 * are too few, as those of the most frequent category: that a ticket follows is learned of all.
 */
function examplesOf(patterns: readonly TroublePattern[]): readonly PatternExample[] {
  const counts = new Map<string, number>()
  for (const { outcome } of patterns) counts.set(signOf(outcome), (counts.get(signOf(outcome)) ?? 0) + 1)
  const ofTickets = [...counts].filter(([sign]) => sign !== signs.none).sort(([, one], [, other]) => other - one)
  const isFrequent = ([sign, count]: readonly [string, number]): boolean =>
    sign !== signs.ticket && count >= patternLimits.minimumPerCategory
  const frequent = ofTickets.filter(isFrequent).map(([sign]) => sign)
  const others = ofTickets.filter((each) => !isFrequent(each)).reduce((sum, [, count]) => sum + count, 0)
  const otherSign = others >= patternLimits.minimumPerCategory ? signs.ticket : (frequent[0] ?? signs.ticket)
  return patterns.map(({ trouble, outcome }) => {
    const sign = signOf(outcome)
    const hasCategory = frequent.includes(sign)
    return {
      text: textOf(trouble),
      category: hasCategory || !outcome.hasTicket ? sign : otherSign,
      hasCategory,
      isSuspected: isSuspectedByRules(trouble),
    }
  })
}

/** An order that does not depend on the one in which patterns were read: it decides which are held out together. */
const byContent = (one: PatternExample, other: PatternExample): number =>
  compareTexts(canonicalJson(one), canonicalJson(other))

const isFollowed = ({ category }: Example): boolean => category !== signs.none

const signOf = (outcome: TroubleOutcome): string =>
  outcome.hasTicket ? `${signs.ticket}${outcome.category ?? ''}` : signs.none

/** The counts that a pattern is told apart by. */
const steps = [2, 3, 4, 5, 6, 8, 10, 15, 20] as const

/** The longest word of a pattern, in characters. */
const wordLength = 36

/** Trouble as the words that a model reads. */
function textOf({ rule, kind, code, count, reasons, evidence }: TroubleFeatures): string {
  const fingerprint = activityFingerprint({ kind, code })
  return [
    wordOf('rule', rule),
    wordOf('kind', kind),
    ...(code === '' ? [] : [wordOf('code', code)]),
    ...steps.filter((step) => count >= step).map((step) => `times${step}`),
    ...reasons.slice(1).map(({ reason }) => wordOf('reason', reason)),
    ...evidence.filter((each) => each.fingerprint !== fingerprint).map((each) => wordOf('beside', each.fingerprint)),
  ].join(' ')
}

const wordOf = (field: string, value: string): string =>
  `${field}${value.replaceAll(/[^\p{L}\p{N}]+/gu, '')}`.slice(0, wordLength)

/** How probably a ticket follows, and the likeliest category of patterns with one. */
type Prediction = { readonly confidence: number; readonly predicted: string | undefined }

function predictionOf(model: LinearModel, text: string): Prediction {
  const confidences = confidencesOf(model, text)
  if (!confidences) return { confidence: 0, predicted: undefined }
  const [likeliest] = model.categories
    .map((category, number) => ({ category, confidence: confidences[number] ?? 0 }))
    .filter(({ category }) => category !== signs.none)
    .sort((one, other) => other.confidence - one.confidence)
  const confidence = 1 - (confidences[model.categories.indexOf(signs.none)] ?? 0)
  return { confidence, predicted: likeliest?.category }
}

function evaluationOf(answers: readonly (PatternExample & Prediction)[]): PatternEvaluation {
  const followed = answers.filter(isFollowed)
  const categorised = followed.filter(({ hasCategory }) => hasCategory)
  const qualityOf = (suspects: (answer: PatternExample & Prediction) => boolean): DetectionQuality => {
    const suspected = answers.filter(suspects)
    const right = suspected.filter(isFollowed).length
    return {
      suspected: suspected.length,
      precision: shareOf(right, suspected.length),
      recall: shareOf(right, followed.length),
    }
  }
  const rules = qualityOf(({ isSuspected }) => isSuspected)
  const learned = qualityOf(({ confidence }) => confidence >= leastConfidence)
  return {
    patterns: answers.length,
    followed: followed.length,
    rules,
    learned,
    categoryAccuracy: shareOf(
      categorised.filter(({ category, predicted }) => predicted === category).length,
      categorised.length,
    ),
    isBetter: balanceOf(learned) >= balanceOf(rules) + leastGain && (learned.precision ?? 0) >= (rules.precision ?? 0),
  }
}

/** The harmonic mean of precision and recall. */
function balanceOf({ precision, recall }: DetectionQuality): number {
  const [one, other] = [precision ?? 0, recall ?? 0]
  return one + other === 0 ? 0 : (2 * one * other) / (one + other)
}
