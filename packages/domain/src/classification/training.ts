import { hash128 } from '../kernel/fingerprint.ts'
import { compareTexts } from '../kernel/values.ts'
import type { ClassificationSettings } from './classifier.ts'
import type { Vector, Vocabulary } from './features.ts'
import { featureCounts, vectorOf, vocabularyOf } from './features.ts'
import type { LinearModel } from './model-classifier.ts'
import { addScores, toConfidences } from './model-classifier.ts'

/** A text, and the category that somebody has set for it. */
export type Example = { readonly text: string; readonly category: string }

/** The greatest number of weights of a model, four bytes each; the more categories, the fewer features. */
const mostWeights = 10_000_000

const mostFeatures = 200_000

/** One example in this many is held out, to calibrate the confidence. */
const apartOneIn = 5

/**
 * Learns from examples in steps of a few milliseconds: the caller may do other work between two steps. The same
 * examples lead to the same model, whatever their order.
 * @throws RangeError for examples of fewer than two categories.
 */
export function* training(input: readonly Example[]): Generator<void, LinearModel> {
  const examples = input.toSorted(byTextAndCategory)
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

/** Learns without pauses. */
export function train(examples: readonly Example[]): LinearModel {
  const steps = training(examples)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

const byTextAndCategory = (a: Example, b: Example): number =>
  a.text === b.text ? compareTexts(a.category, b.category) : compareTexts(a.text, b.text)

function* labelledBy(
  vocabulary: Vocabulary,
  examples: readonly Example[],
  categories: readonly string[],
): Generator<void, readonly LabelledText[]> {
  const numbers = new Map(categories.map((category, number) => [category, number]))
  const labelled: LabelledText[] = []
  for (const { text, category } of examples) {
    labelled.push({ vector: vectorOf(vocabulary, featureCounts(text)), category: numbers.get(category) ?? 0 })
    yield
  }
  return labelled
}

function keptApart(labelled: readonly LabelledText[]): readonly [readonly LabelledText[], readonly LabelledText[]] {
  const order = Uint32Array.from(labelled.keys())
  shuffle(order, chanceFrom(2))
  const chosen = [...order].map((index) => labelled[index] as LabelledText)
  const count = Math.ceil(chosen.length / apartOneIn)
  return [chosen.slice(0, count), chosen.slice(count)]
}

/** 16 hexadecimal digits: a hash of the contents of a model. */
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

/** A text as numbers, with the number of its category. */
type LabelledText = { readonly vector: Vector; readonly category: number }

type FittedModel = { readonly weights: Float32Array; readonly biases: Float32Array }

const passes = 8

/** The cost of a wrong example, relative to large weights. */
const cost = 0.5

const softness = 1 / (2 * cost)

/** The number of multiplications between two pauses: a few milliseconds. */
const betweenPauses = 2_000_000

/**
 * For each category, a linear support vector machine that separates its texts from all others, by dual coordinate
 * descent on the squared hinge loss (Hsieh, Chang, Lin, Keerthi and Sundararajan, ICML 2008). Each pass comes closer to
 * the unique optimum; the order of the examples follows from a fixed seed. Pauses every few milliseconds.
 */
function* fit(examples: readonly LabelledText[], features: number, categories: number): Generator<void, FittedModel> {
  const weights = new Float32Array(features * categories)
  const biases = new Float32Array(categories)
  const supports = new Float32Array(examples.length * categories)
  const curvatures = Float32Array.from(examples, ({ vector }) => squareOf(vector) + 1 + softness)
  const scores = new Float32Array(categories)
  const moves = new Float32Array(categories)
  const order = Uint32Array.from(examples.keys())
  const chance = chanceFrom(1)
  let work = 0

  for (let pass = 0; pass < passes; pass++) {
    shuffle(order, chance)
    for (const index of order) {
      const { vector, category } = examples[index] as LabelledText
      const { indexes, values } = vector
      addScores({ weights, biases }, vector, scores)
      const curvature = curvatures[index] as number
      let moved = false
      for (let each = 0; each < categories; each++) {
        const side = each === category ? 1 : -1
        const support = supports[index * categories + each] as number
        const slope = side * (scores[each] as number) - 1 + support * softness
        const next = Math.max(0, support - slope / curvature)
        supports[index * categories + each] = next
        moves[each] = (next - support) * side
        moved ||= next !== support
      }
      work += indexes.length * categories
      if (moved) {
        for (let at = 0; at < indexes.length; at++) {
          const row = (indexes[at] as number) * categories
          const value = values[at] as number
          for (let each = 0; each < categories; each++) {
            weights[row + each] = (weights[row + each] as number) + (moves[each] as number) * value
          }
        }
        for (let each = 0; each < categories; each++) biases[each] = (biases[each] as number) + (moves[each] as number)
        work += indexes.length * categories
      }
      if (work < betweenPauses) continue
      work = 0
      yield
    }
  }
  return { weights, biases }
}

function squareOf({ values }: Vector): number {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

/** The quality of a model on held-out texts. */
type Calibration = {
  /** The divisor of the scores. */
  readonly temperature: number
  /** The share of right answers. */
  readonly accuracy: number
}

const least = 1e-9
const temperatures = Array.from({ length: 46 }, (_, step) => 0.02 * 2 ** (step / 6))

/**
 * Finds the temperature at which the confidences of a model best match its accuracy: the one with the least logarithmic
 * loss on held-out texts (Guo, Pleiss, Sun and Weinberger 2017). A few right answers do not prove certainty, so one
 * right and one wrong answer are added (Platt 1999).
 */
function* calibrate(fitted: FittedModel, apart: readonly LabelledText[]): Generator<void, Calibration> {
  const losses = new Float64Array(temperatures.length)
  const scores = new Float32Array(fitted.biases.length)
  const confidences = new Float32Array(scores.length)
  const hoped = (apart.length + 1) / (apart.length + 2)
  let right = 0
  for (const { vector, category } of apart) {
    addScores(fitted, vector, scores)
    if (scores.indexOf(Math.max(...scores)) === category) right++
    for (const [index, temperature] of temperatures.entries()) {
      confidences.set(scores)
      toConfidences(confidences, temperature)
      const confidence = Math.min(Math.max(confidences[category] as number, least), 1 - least)
      const loss = hoped * Math.log(confidence) + (1 - hoped) * Math.log(1 - confidence)
      losses[index] = (losses[index] as number) - loss
    }
    yield
  }
  const best = losses.indexOf(Math.min(...losses))
  return { temperature: temperatures[best] ?? 1, accuracy: apart.length === 0 ? 0 : right / apart.length }
}

/**
 * The examples that a model may learn from: of categories that have enough of them; none when they are too few in
 * total.
 */
export function learnable<E extends Example>(
  examples: readonly E[],
  { minimumExamples, minimumPerCategory }: Omit<ClassificationSettings['learning'], 'mostExamples'>,
): readonly E[] {
  const counts = new Map<string, number>()
  for (const { category } of examples) counts.set(category, (counts.get(category) ?? 0) + 1)
  const learnt = examples.filter(({ category }) => (counts.get(category) ?? 0) >= minimumPerCategory)
  const categories = [...counts.values()].filter((count) => count >= minimumPerCategory).length
  return learnt.length >= minimumExamples && categories >= 2 ? learnt : []
}

/**
 * Pseudo-random numbers from 0 up to 1 from a seed: the same in every run (mulberry32, by Tommy Ettinger, in the public
 * domain).
 */
export function chanceFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Shuffles a list in place (Fisher and Yates). */
export function shuffle(list: { [index: number]: number; readonly length: number }, chance: () => number): void {
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(chance() * (index + 1))
    const swapped = list[index] as number
    list[index] = list[other] as number
    list[other] = swapped
  }
}
