import { hash128 } from '../../kernel/fingerprint.ts'
import { calibrate } from './calibrate.ts'
import { chanceFrom, shuffle } from './chance.ts'
import { featureCounts } from './features.ts'
import type { Labelled } from './fit.ts'
import { fit } from './fit.ts'
import type { LinearModel } from './linear-model.ts'
import type { Vocabulary } from './vocabulary.ts'
import { vectorOf, vocabularyOf } from './vocabulary.ts'

/** A text, and the category that somebody has given it. */
export type Example = { readonly text: string; readonly category: string }

/** So many numbers a model has at most, four bytes each; the more categories, the fewer features. */
const mostWeights = 10_000_000
const mostFeatures = 200_000
/** One example in so many is kept apart, to learn how sure the model may be. */
const apartOneIn = 5

/**
 * Learns from examples, a few milliseconds at a time: each step is short, and whoever drives it may do something else between two. The
 * same examples lead to the same model, whatever their order.
 * @throws RangeError for examples of fewer than two categories.
 */
export function* training(given: readonly Example[]): Generator<void, LinearModel> {
  const examples = given.toSorted(byTextAndCategory)
  const categories = [...new Set(examples.map(({ category }) => category))].sort()
  if (categories.length < 2) throw new RangeError('a model needs examples of two categories at least')
  const texts = examples.map(({ text }) => text)
  const vocabulary = yield* vocabularyOf(texts, Math.min(mostFeatures, Math.floor(mostWeights / categories.length)))
  const labelled = yield* labelledBy(vocabulary, examples, categories)

  const [apart, rest] = keptApart(labelled)
  const features = vocabulary.occurrences.length
  const tried = yield* fit(rest, features, categories.length)
  const { temperature, accuracy } = yield* calibrate(tried, apart)
  const fitted = yield* fit(labelled, features, categories.length)
  const model = { categories, vocabulary, ...fitted, temperature, examples: examples.length, accuracy }
  return { version: versionOf(model), ...model }
}

/** Learns in one go. */
export function train(examples: readonly Example[]): LinearModel {
  const steps = training(examples)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

const byTextAndCategory = (a: Example, b: Example): number =>
  a.text === b.text ? compared(a.category, b.category) : compared(a.text, b.text)
const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function* labelledBy(
  vocabulary: Vocabulary,
  examples: readonly Example[],
  categories: readonly string[],
): Generator<void, readonly Labelled[]> {
  const numbers = new Map(categories.map((category, number) => [category, number]))
  const labelled: Labelled[] = []
  for (const { text, category } of examples) {
    labelled.push({ vector: vectorOf(vocabulary, featureCounts(text)), category: numbers.get(category) ?? 0 })
    yield
  }
  return labelled
}

function keptApart(labelled: readonly Labelled[]): readonly [readonly Labelled[], readonly Labelled[]] {
  const order = Uint32Array.from(labelled.keys())
  shuffle(order, chanceFrom(2))
  const chosen = [...order].map((place) => labelled[place] as Labelled)
  const count = Math.ceil(chosen.length / apartOneIn)
  return [chosen.slice(0, count), chosen.slice(count)]
}

/** 16 hexadecimal digits that follow from all that a model holds. */
export function versionOf({
  categories,
  vocabulary,
  weights,
  biases,
  temperature,
}: Omit<LinearModel, 'version'>): string {
  const named = hash128([...categories, '', ...vocabulary.numbers.keys()].join('\n'))
  const numbers = [vocabulary.occurrences, weights, biases].map(hashOf)
  return hash128([named, ...numbers, temperature].join('/')).slice(0, 16)
}

function hashOf({ buffer, byteOffset, length }: Uint32Array | Float32Array): number {
  const words = new Uint32Array(buffer, byteOffset, length)
  let hash = 0
  for (let at = 0; at < length; at++) {
    hash = (Math.imul(hash ^ (words[at] as number), 0x9e3779b1) ^ (hash >>> 15)) | 0
  }
  return hash
}
