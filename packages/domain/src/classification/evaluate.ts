import type { LinearModel } from './model-classifier.ts'
import { likeliest } from './model-classifier.ts'
import type { Example } from './training.ts'
import { chanceFrom, shuffle, training } from './training.ts'

/** A category, the category that was predicted (null for none), and how many times. */
export type Confusion = { readonly category: string; readonly takenFor: string | null; readonly count: number }

/** The quality of a model on texts whose category is known. */
export type Evaluation = {
  /** The share of right answers, from 0 to 1. A text without known features counts as wrong. */
  readonly accuracy: number
  /** The mean over the categories of these texts of the harmonic mean of precision and recall. */
  readonly macroF1: number
  /** The mean distance between confidence and accuracy: 0 when of all answers with 0.8 exactly 80 % are right. */
  readonly calibrationError: number
  /** The most frequent confusions, at most ten. */
  readonly confusions: readonly Confusion[]
}

/** A model's answer on a text whose category is known. */
type Answer = Example & { readonly predicted: string | undefined; readonly confidence: number }

const mostConfusions = 10
const bins = 10

/** Evaluates a model on texts whose category is known. Pauses after each text. */
export function* evaluating(model: LinearModel, examples: readonly Example[]): Generator<void, Evaluation> {
  return evaluationOf(yield* answering(model, examples))
}

/** A model's answers on some texts. */
function* answering(model: LinearModel, examples: readonly Example[]): Generator<void, readonly Answer[]> {
  const answers: Answer[] = []
  for (const example of examples) {
    answers.push(answerOf(model, example))
    yield
  }
  return answers
}

function answerOf(model: LinearModel, example: Example): Answer {
  const [best] = likeliest(model, example.text)
  return { ...example, predicted: best?.category, confidence: best?.confidence ?? 0 }
}

/** The evaluation of answers. */
export function evaluationOf(answers: readonly Answer[]): Evaluation {
  const right = answers.filter(({ category, predicted }) => predicted === category).length
  return {
    accuracy: answers.length === 0 ? 0 : right / answers.length,
    macroF1: macroF1(answers),
    calibrationError: calibrationError(answers),
    confusions: confusions(answers),
  }
}

function macroF1(answers: readonly Answer[]): number {
  const categories = [...new Set(answers.map(({ category }) => category))]
  const scores = categories.map((category) => {
    const meant = answers.filter((answer) => answer.category === category).length
    const predicted = answers.filter((answer) => answer.predicted === category).length
    const both = answers.filter((answer) => answer.category === category && answer.predicted === category).length
    return (2 * both) / (meant + predicted)
  })
  return scores.reduce((sum, score) => sum + score, 0) / (scores.length || 1)
}

/** The expected calibration error, in ten bins of confidence (Naeini, Cooper and Hauskrecht 2015). */
function calibrationError(answers: readonly Answer[]): number {
  let error = 0
  for (let bin = 0; bin < bins; bin++) {
    const within = answers.filter(({ confidence }) => Math.min(bins - 1, Math.floor(confidence * bins)) === bin)
    const confidence = within.reduce((sum, answer) => sum + answer.confidence, 0)
    const right = within.filter(({ category, predicted }) => predicted === category).length
    error += Math.abs(confidence - right)
  }
  return error / (answers.length || 1)
}

function confusions(answers: readonly Answer[]): readonly Confusion[] {
  const counts = new Map<string, Confusion>()
  for (const { category, predicted } of answers) {
    if (predicted === category) continue
    const takenFor = predicted ?? null
    const pair = JSON.stringify([category, takenFor])
    counts.set(pair, { category, takenFor, count: (counts.get(pair)?.count ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, mostConfusions)
}

/**
 * The expected quality of a model on new tickets, by cross-validation: each part of the examples is evaluated with a
 * model that has learnt from the others. Pauses every few milliseconds.
 */
export function* crossValidating(examples: readonly Example[], folds: number): Generator<void, Evaluation> {
  return evaluationOf(yield* heldOutAnswers(examples, folds, answerOf))
}

/**
 * Answers on held-out examples, in the order of the examples: about each part of them a model is asked that has learnt
 * from the others. Pauses every few milliseconds.
 */
export function* heldOutAnswers<E extends Example, A>(
  examples: readonly E[],
  folds: number,
  ask: (model: LinearModel, example: E) => A,
): Generator<void, readonly A[]> {
  const order = Uint32Array.from(examples.keys())
  shuffle(order, chanceFrom(3))
  const fold = (index: number): number => (order[index] as number) % folds
  const answers = new Map<number, A>()
  for (let turn = 0; turn < folds; turn++) {
    const model = yield* training(examples.filter((_, index) => fold(index) !== turn))
    for (const [index, example] of examples.entries()) {
      if (fold(index) !== turn) continue
      answers.set(index, ask(model, example))
      yield
    }
  }
  return [...answers].sort(([one], [other]) => one - other).map(([, answer]) => answer)
}
