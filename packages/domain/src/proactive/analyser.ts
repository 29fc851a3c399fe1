import { z } from 'zod'
import { elapsed, minutes } from '../kernel/time.ts'
import type { ProactiveSettings } from './settings.ts'
import type { Suspicion, SuspicionFacts, SuspicionRule } from './suspicion.ts'
import { maxConfidence, suspect, suspicionCandidates } from './suspicion.ts'

/** The analysers of activities: the rules, what was learned from the desk's own history, and a language model. */
export const analyserNames = ['rules', 'learned', 'model'] as const

/** The name of an analyser, which stands in the event of a suspicion. */
export type AnalyserName = (typeof analyserNames)[number]

/**
 * The port of every analyser. It resolves to undefined when it suspects nothing; it rejects only when it cannot work at
 * all, and the caller asks the next one then, the rules at last.
 */
export type Analyser = {
  readonly name: AnalyserName
  /** What identifies it beside its name: the hash of what was learned, or the name of the model. */
  readonly version?: string | undefined
  analyse(facts: SuspicionFacts): Promise<Suspicion | undefined>
}

/** The analyser that always works: the rules, under the settings of the moment. */
export const ruleAnalyser = (settingsOf: () => ProactiveSettings): Analyser => ({
  name: 'rules',
  analyse: (facts) => Promise.resolve(suspect(facts, settingsOf())),
})

/**
 * Thrown by an analyser that is not to be asked for a while: its budget is spent, or it has failed too often. That is
 * no failure.
 */
export class AnalyserPaused extends Error {
  override readonly name = 'AnalyserPaused'
}

/** A suspicion, if there is one, with the analyser that has decided it. */
export type Analysis = {
  readonly suspicion: Suspicion | undefined
  readonly analyser: Pick<Analyser, 'name' | 'version'>
}

/**
 * Asks analysers in their order: the first that works decides, also that there is nothing. The rules, which always
 * work, are asked at last. `onFailure` is called with each failure; when it throws, nobody else is asked.
 */
export async function analyseBy(
  analysers: readonly Analyser[],
  facts: SuspicionFacts,
  settings: ProactiveSettings,
  onFailure: (error: unknown, analyser: Analyser) => void,
): Promise<Analysis> {
  for (const analyser of analysers) {
    try {
      return { suspicion: await analyser.analyse(facts), analyser }
    } catch (error) {
      if (!(error instanceof AnalyserPaused)) onFailure(error, analyser)
    }
  }
  const rules = ruleAnalyser(() => settings)
  return { suspicion: await rules.analyse(facts), analyser: rules }
}

/** Trouble that a model may choose: kinds, codes, counts and times. */
export type ModelChoice = {
  /** The number by which the model names it, from 1. */
  readonly number: number
  readonly rule: SuspicionRule
  readonly kind: string
  readonly code: string
  readonly count: number
  /** How often it happens by chance. */
  readonly expected: number
  /** How many minutes ago it began. */
  readonly minutes: number
}

/** All that a model is told of a person: no text, no name, no page, no id, and no moment but how long ago it was. */
export type ModelQuestion = {
  readonly choices: readonly ModelChoice[]
  /** All critical activities, by kind and code. */
  readonly evidence: Suspicion['evidence']
  /** How many tickets the person has opened in the last thirty days. */
  readonly tickets: number
}

/** What a model is asked; undefined where there is nothing to choose from, and it is not asked. */
export function modelQuestion(facts: SuspicionFacts, settings: ProactiveSettings): ModelQuestion | undefined {
  const suspicions = suspicionCandidates(facts, settings).map(({ suspicion }) => suspicion)
  const [first] = suspicions
  if (!first) return undefined
  return {
    choices: suspicions.map(({ rule, kind, code, count, reasons, since }, index) => ({
      number: index + 1,
      rule,
      kind,
      code,
      count,
      expected: reasons[0]?.expected ?? 0,
      minutes: Math.round(elapsed(since, facts.at) / minutes(1)),
    })),
    evidence: first.evidence,
    tickets: first.reasons.find(({ reason }) => reason === 'tickets')?.count ?? 0,
  }
}

/** From which confidence on what an analyser answers is a finding. */
export const leastConfidence = 0.5

/** An answer of a model: whether there is trouble, which of its choices, and how sure it is. */
const modelAnswerSchema = z.discriminatedUnion('problemDetected', [
  z.object({ problemDetected: z.literal(false) }),
  z.object({ problemDetected: z.literal(true), choice: z.int().positive(), confidence: z.number().min(0).max(1) }),
])

/** Thrown for an answer of a model that is none of its choices. */
export class UselessAnswer extends Error {
  override readonly name = 'UselessAnswer'
}

/**
 * The suspicion that a model has chosen: of its answer only the choice and the confidence count, whatever else it says.
 * Undefined when it sees no trouble, or is not sure enough.
 * @throws UselessAnswer when the answer is none of the choices of `modelQuestion` on the same facts.
 */
export function modelSuspicion(
  answer: unknown,
  facts: SuspicionFacts,
  settings: ProactiveSettings,
): Suspicion | undefined {
  const { data } = modelAnswerSchema.safeParse(answer)
  if (!data) throw new UselessAnswer('the model gave no answer of the form that it was asked for')
  if (!data.problemDetected) return undefined
  const chosen = suspicionCandidates(facts, settings)[data.choice - 1]
  if (!chosen) throw new UselessAnswer('the model chose trouble that it was not offered')
  if (data.confidence < leastConfidence) return undefined
  return { ...chosen.suspicion, confidence: Math.min(data.confidence, maxConfidence) }
}
