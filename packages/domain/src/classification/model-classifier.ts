import { ticketLimits } from '../ticket/vocabulary.ts'
import type { Alternative, Classifier, Reason, ClassifiableTicket } from './classifier.ts'
import type { Vector, Vocabulary } from './features.ts'
import { eachFeature, featureCounts, modelWords, mostCharacters, vectorOf } from './features.ts'

/** The text of a ticket as models learn and read it: its beginning. */
export const textOf = ({ subject, body }: Pick<ClassifiableTicket, 'subject' | 'body'>): string =>
  `${subject}\n${body.slice(0, mostCharacters)}`.slice(0, mostCharacters)

/** A model as a classifier; it resolves to undefined for a text without known features. */
export function modelClassifier(model: LinearModel): Classifier {
  return {
    classify: async (ticket) => {
      const text = textOf(ticket)
      const alternatives = likeliest(model, text)
      const [chosen] = alternatives
      return (
        chosen && {
          category: chosen.category,
          tags: [],
          confidence: chosen.confidence,
          alternatives,
          reasons: reasonsFor(model, text, chosen.category),
          by: { classifier: 'model', version: model.version },
        }
      )
    },
  }
}

/** The likely categories of a text, the likeliest first: none when the model knows no feature of it. */
export function likeliest(model: LinearModel, text: string): readonly Alternative[] {
  const confidences = confidencesOf(model, text)
  if (confidences === undefined) return []
  return model.categories
    .map((category, number) => ({ category, confidence: confidences[number] ?? 0 }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, ticketLimits.alternatives)
}

/**
 * The words, and pairs of words, of a text with the greatest weights for a category. The weights of the runs of
 * characters in a word are added to the word's, so that all weights of a text together make up the category's score.
 */
export function reasonsFor(model: LinearModel, text: string, category: string): readonly Reason[] {
  const number = model.categories.indexOf(category)
  if (number < 0) return []
  const counts = featureCounts(text)
  const { indexes, values } = vectorOf(model.vocabulary, counts)
  const shares = new Map<number, number>()
  for (const [at, index] of indexes.entries()) {
    shares.set(index, (values[at] ?? 0) * (model.weights[index * model.categories.length + number] ?? 0))
  }
  const words = modelWords(text)
  const weights = new Map<string, number>()
  eachFeature(words, (feature, index, pair) => {
    const share = shares.get(model.vocabulary.numbers.get(feature) ?? -1)
    if (share === undefined) return
    const evidence = pair ? `${words[index]} ${words[index + 1]}` : (words[index] ?? '')
    weights.set(evidence, (weights.get(evidence) ?? 0) + share / (counts.get(feature) ?? 1))
  })
  return [...weights]
    .filter(([, weight]) => weight > 0)
    .sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1))
    .slice(0, ticketLimits.reasons)
    .map(([evidence, weight]) => ({ evidence, weight: Math.round(weight * 1_000) / 1_000 }))
}

/**
 * A linear model of categories: for each category a weight for each feature of a text. A category's score is the sum of
 * the weights of the text's features; the scores of all categories are turned into confidences with the sum 1.
 */
export type LinearModel = {
  /** Identifies the model: a hash of its contents. */
  readonly version: string
  readonly categories: readonly string[]
  readonly vocabulary: Vocabulary
  /** `weights[feature * categories + category]`. */
  readonly weights: Float32Array
  readonly biases: Float32Array
  /** Divides the scores, so that a confidence is the share of such answers that are right. */
  readonly temperature: number
  /** The number of training tickets. */
  readonly examples: number
  /** The share of right answers on held-out tickets, from 0 to 1. */
  readonly accuracy: number
}

/** Writes the score of every category into `scores`. */
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

/** Turns scores into confidences with the sum 1, in place. */
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

/**
 * The confidence of each category, in the order of the model's categories; undefined for a text without known features.
 */
export function confidencesOf(model: LinearModel, text: string): Float32Array | undefined {
  const vector = vectorOf(model.vocabulary, featureCounts(text))
  if (vector.indexes.length === 0) return undefined
  const scores = new Float32Array(model.categories.length)
  addScores(model, vector, scores)
  toConfidences(scores, model.temperature)
  return scores
}
