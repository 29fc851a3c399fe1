import type { Evaluation } from '@guichet/domain'
import { evaluating, training } from '@guichet/domain'
import { inSlices } from '@guichet/workflows'
import { Fault } from '../fault/fault.ts'
import { labelledFile } from './labelled-file.ts'

/** How a model that has learnt from one file does on another. */
export type FileEvaluation = Evaluation & {
  /** How many texts it has learnt from. */
  readonly examples: number
  /** How many texts it was asked about. */
  readonly tested: number
  readonly categories: number
  /** How long it took to learn. */
  readonly seconds: number
  /** The version of the model. */
  readonly model: string
}

export type EvaluateOptions = {
  readonly train: string
  readonly test: string
  readonly signal: AbortSignal
  /** Hears what is being done. */
  readonly onStep?: (step: string) => void
}

/**
 * Lets a model learn from one file and asks it about another.
 * @throws Fault as `labelledFile` does; `examples_unusable` when the first has no two categories; the signal's reason.
 */
export async function evaluateFiles({
  train,
  test,
  signal,
  onStep = () => undefined,
}: EvaluateOptions): Promise<FileEvaluation> {
  onStep(`reading ${train} and ${test}`)
  const known = await labelledFile(train, signal)
  const asked = await labelledFile(test, signal)
  const categories = new Set(known.map(({ category }) => category)).size
  if (categories < 2) throw new Fault('examples_unusable', `${train} holds one category only`)

  onStep(`learning from ${known.length} texts`)
  const started = performance.now()
  const model = await inSlices(training(known), signal, 0)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  onStep(`asking about ${asked.length} texts`)
  const evaluation = await inSlices(evaluating(model, asked), signal, 0)
  return { ...evaluation, examples: known.length, tested: asked.length, categories, seconds, model: model.version }
}
