import { chanceFrom, shuffle } from './chance.ts'
import { addScores } from './linear-model.ts'
import type { Vector } from './vocabulary.ts'

/** A text as numbers, with the number of its category. */
export type Labelled = { readonly vector: Vector; readonly category: number }

export type Fitted = { readonly weights: Float32Array; readonly biases: Float32Array }

const passes = 8
/** What being wrong about an example costs, beside large weights. */
const cost = 0.5
const softness = 1 / (2 * cost)
/** How many multiplications are done between two pauses: a few milliseconds. */
const betweenPauses = 2_000_000

/**
 * For each category a linear support vector machine that tells its texts from all others, by dual coordinate descent on the squared hinge
 * loss (Hsieh, Chang, Lin, Keerthi and Sundararajan, ICML 2008). It comes closer to the one best solution with each pass; the
 * order of the examples follows from a fixed seed. Pauses every few milliseconds.
 */
export function* fit(examples: readonly Labelled[], features: number, categories: number): Generator<void, Fitted> {
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
    for (const place of order) {
      const { vector, category } = examples[place] as Labelled
      const { indexes, values } = vector
      addScores({ weights, biases }, vector, scores)
      const curvature = curvatures[place] as number
      let moved = false
      for (let each = 0; each < categories; each++) {
        const side = each === category ? 1 : -1
        const support = supports[place * categories + each] as number
        const slope = side * (scores[each] as number) - 1 + support * softness
        const next = Math.max(0, support - slope / curvature)
        supports[place * categories + each] = next
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
