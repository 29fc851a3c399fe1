import type { Evaluation, Example } from '@guichet/domain'
import { crossValidating, learnable, training } from '@guichet/domain'
import { inSlices, readExamples } from '@guichet/workflows'
import type { Engine } from '../engine/engine.ts'
import { Fault } from '../fault/fault.ts'

/** What a desk's model has learnt, and how right it would have been. */
export type Trained = Pick<Evaluation, 'accuracy' | 'macroF1' | 'calibrationError' | 'confusions'> & {
  readonly examples: number
  readonly categories: number
  readonly seconds: number
  readonly model: string
}

const folds = 5

/**
 * Lets the desk learn now from all that people have said that tickets are about, and stores the model, which every process takes up within a minute.
 * @throws Fault `too_few_examples` when people have said too little; the signal's reason.
 */
export async function trainDesk(engine: Engine, signal: AbortSignal, onStep: (step: string) => void): Promise<Trained> {
  const { classification, store } = engine
  const { learning } = await classification.settings()
  onStep('looking for what people have said')
  await classification.catchUp(engine.desk, signal)
  const knows = await classification.knows()
  const { examples, revision } = await readExamples(
    store,
    classification.examples,
    learning.mostExamples,
    knows,
    signal,
  )
  const fit = learnable(examples, learning)
  if (fit.length === 0 || revision === undefined) throw tooFew(examples, learning)

  const started = performance.now()
  onStep(`checking on ${fit.length} tickets how right it would have been`)
  const { accuracy, macroF1, calibrationError, confusions } = await inSlices(crossValidating(fit, folds), signal, 0)
  onStep(`learning from ${fit.length} tickets`)
  const model = await inSlices(training(fit), signal, 0)
  await classification.stored.save(model, revision)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const categories = model.categories.length
  return {
    accuracy,
    macroF1,
    calibrationError,
    confusions,
    examples: fit.length,
    categories,
    seconds,
    model: model.version,
  }
}

function tooFew(
  { length }: readonly Example[],
  { minimumExamples, minimumPerCategory }: { readonly minimumExamples: number; readonly minimumPerCategory: number },
): Fault {
  const needed = `${minimumExamples} of two categories or more, each with ${minimumPerCategory} or more`
  return new Fault('too_few_examples', `people have given ${length} tickets a category; it takes ${needed}`)
}
