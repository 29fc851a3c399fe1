import type { Alternative, Classifier, Reason, Unclassified } from '../classifier.ts'
import { limits } from '../../ticket/vocabulary.ts'
import { eachFeature, featureCounts, modelWords, mostCharacters } from './features.ts'
import type { LinearModel } from './linear-model.ts'
import { confidencesOf } from './linear-model.ts'
import { vectorOf } from './vocabulary.ts'

/** The text of a ticket as models learn it and are asked about it: its beginning. */
export const textOf = ({ subject, body }: Pick<Unclassified, 'subject' | 'body'>): string =>
  `${subject}\n${body.slice(0, mostCharacters)}`.slice(0, mostCharacters)

/** A model as a classifier; it answers undefined for a text of which it knows nothing. */
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

/** The categories that a text may well belong to, the likeliest first: none when the model knows nothing of it. */
export function likeliest(model: LinearModel, text: string): readonly Alternative[] {
  const confidences = confidencesOf(model, text)
  if (confidences === undefined) return []
  return model.categories
    .map((category, number) => ({ category, confidence: confidences[number] ?? 0 }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, limits.alternatives)
}

/**
 * The words, and pairs of words, of a text that speak most for a category. The weights of the runs of characters in a word are added to the
 * word's, so that all weights of a text together are what the category's score is made of.
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
  eachFeature(words, (feature, place, pair) => {
    const share = shares.get(model.vocabulary.numbers.get(feature) ?? -1)
    if (share === undefined) return
    const evidence = pair ? `${words[place]} ${words[place + 1]}` : (words[place] ?? '')
    weights.set(evidence, (weights.get(evidence) ?? 0) + share / (counts.get(feature) ?? 1))
  })
  return [...weights]
    .filter(([, weight]) => weight > 0)
    .sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1))
    .slice(0, limits.reasons)
    .map(([evidence, weight]) => ({ evidence, weight: Math.round(weight * 1_000) / 1_000 }))
}
