import type { Fitted, Labelled } from './fit.ts'
import { addScores, toConfidences } from './linear-model.ts'

/** How a model does on texts that it has not learnt from. */
export type Calibration = {
  /** What scores are to be divided by. */
  readonly temperature: number
  /** The share of right answers. */
  readonly accuracy: number
}

const least = 1e-9
const temperatures = Array.from({ length: 46 }, (_, step) => 0.02 * 2 ** (step / 6))

/**
 * Finds the temperature by which the confidences of a model come closest to how often it is right: the one of the least
 * logarithmic loss on texts that were kept apart (Guo, Pleiss, Sun and Weinberger 2017). A few right answers are no proof of certainty: one
 * right and one wrong answer are added in thought (Platt 1999).
 */
export function* calibrate(fitted: Fitted, apart: readonly Labelled[]): Generator<void, Calibration> {
  const losses = new Float64Array(temperatures.length)
  const scores = new Float32Array(fitted.biases.length)
  const confidences = new Float32Array(scores.length)
  const hoped = (apart.length + 1) / (apart.length + 2)
  let right = 0
  for (const { vector, category } of apart) {
    addScores(fitted, vector, scores)
    if (scores.indexOf(Math.max(...scores)) === category) right++
    for (const [place, temperature] of temperatures.entries()) {
      confidences.set(scores)
      toConfidences(confidences, temperature)
      const confidence = Math.min(Math.max(confidences[category] as number, least), 1 - least)
      const loss = hoped * Math.log(confidence) + (1 - hoped) * Math.log(1 - confidence)
      losses[place] = (losses[place] as number) - loss
    }
    yield
  }
  const best = losses.indexOf(Math.min(...losses))
  return { temperature: temperatures[best] ?? 1, accuracy: apart.length === 0 ? 0 : right / apart.length }
}
