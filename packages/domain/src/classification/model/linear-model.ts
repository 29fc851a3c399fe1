import type { Vector, Vocabulary } from './vocabulary.ts'
import { vectorOf } from './vocabulary.ts'
import { featureCounts } from './features.ts'

/**
 * A linear model of what tickets are about: for each category a weight for each feature of a text. A category's score is the sum of the
 * weights of what the text holds, and the scores of all categories are turned into confidences that sum up to 1.
 */
export type LinearModel = {
  /** Tells one model from another: a hash of all that is in it. */
  readonly version: string
  readonly categories: readonly string[]
  readonly vocabulary: Vocabulary
  /** `weights[feature * categories + category]`. */
  readonly weights: Float32Array
  readonly biases: Float32Array
  /** What scores are divided by, so that a confidence is how often such an answer is right. */
  readonly temperature: number
  /** From how many tickets it has learnt. */
  readonly examples: number
  /** How many of its answers were right on tickets that were kept apart while it learnt, from 0 to 1. */
  readonly accuracy: number
}

/** The score of every category, written into `scores`. */
export function addScores(
  { weights, biases }: Pick<LinearModel, 'weights' | 'biases'>,
  { indexes, values }: Vector,
  scores: Float32Array,
): void {
  const categories = biases.length
  scores.set(biases)
  for (let at = 0; at < indexes.length; at++) {
    const row = (indexes[at] as number) * categories
    const value = values[at] as number
    for (let category = 0; category < categories; category++) {
      scores[category] = (scores[category] as number) + (weights[row + category] as number) * value
    }
  }
}

/** Turns scores into confidences that sum up to 1, in place. */
export function toConfidences(scores: Float32Array, temperature: number): void {
  let highest = -Infinity
  for (const score of scores) highest = Math.max(highest, score)
  let sum = 0
  for (let at = 0; at < scores.length; at++) {
    const share = Math.exp(((scores[at] as number) - highest) / temperature)
    scores[at] = share
    sum += share
  }
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] as number) / sum
}

/** The confidence of each category, in the order of the model's categories; undefined for a text that it knows nothing of. */
export function confidencesOf(model: LinearModel, text: string): Float32Array | undefined {
  const vector = vectorOf(model.vocabulary, featureCounts(text))
  if (vector.indexes.length === 0) return undefined
  const scores = new Float32Array(model.categories.length)
  addScores(model, vector, scores)
  toConfidences(scores, model.temperature)
  return scores
}
