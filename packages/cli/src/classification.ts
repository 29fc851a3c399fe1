import type { Evaluation, Example } from '@guichet/domain'
import { crossValidating, evaluating, isLongerThan, learnable, limits, textOf, training } from '@guichet/domain'
import { inSlices, readExamples } from '@guichet/workflows'
import type { Engine } from './engine/engine.ts'
import { CommandFault } from './fault.ts'
import type { Fault } from '@guichet/desk'
import type { Advice } from '@guichet/import'
import { openColumns } from '@guichet/import'

/** The quality of a model that is trained on one file and tested on another. */
type FileEvaluation = Evaluation & {
  /** The number of texts that it was trained on. */
  readonly examples: number
  /** The number of texts that it was tested on. */
  readonly tested: number
  readonly categories: number
  /** The duration of the training. */
  readonly seconds: number
  /** The version of the model. */
  readonly model: string
}

type EvaluateOptions = {
  readonly train: string
  readonly test: string
  readonly signal: AbortSignal
  /** Called with a description of each step as it begins. */
  readonly onStep?: (step: string) => void
}

/**
 * Trains a model on one file and tests it on another.
 * @throws Fault as `labelledFile` does; `examples_unusable` when the first has fewer than two categories; the signal's
 * reason.
 */
export async function evaluateFiles({
  train,
  test,
  signal,
  onStep = () => undefined,
}: EvaluateOptions): Promise<FileEvaluation> {
  onStep(`reading ${train} and ${test}`)
  const trainingSet = await labelledFile(train, signal)
  const testSet = await labelledFile(test, signal)
  const categories = new Set(trainingSet.map(({ category }) => category)).size
  if (categories < 2) throw new CommandFault('examples_unusable', `${train} holds one category only`)

  onStep(`learning from ${trainingSet.length} texts`)
  const started = performance.now()
  const model = await inSlices(training(trainingSet), signal, 0)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  onStep(`asking about ${testSet.length} texts`)
  const evaluation = await inSlices(evaluating(model, testSet), signal, 0)
  return {
    ...evaluation,
    examples: trainingSet.length,
    tested: testSet.length,
    categories,
    seconds,
    model: model.version,
  }
}

/** The result of training a desk's model, and its quality. */
type TrainingResult = Pick<Evaluation, 'accuracy' | 'macroF1' | 'calibrationError' | 'confusions'> & {
  readonly examples: number
  readonly categories: number
  readonly seconds: number
  readonly model: string
}

const folds = 5

/**
 * Trains the desk's model now on all categories that people have given to tickets, and stores it. Every process loads
 * the stored model within a minute.
 * @throws Fault `too_few_examples` when people have categorised too few tickets; the signal's reason.
 */
export async function trainDesk(
  engine: Engine,
  signal: AbortSignal,
  onStep: (step: string) => void,
): Promise<TrainingResult> {
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
  return new CommandFault('too_few_examples', `people have given ${length} tickets a category; it takes ${needed}`)
}

/** Limits of a file: a larger one is refused before training begins. */
const most = { examples: 100_000, characters: 20_000_000, categories: 1_000 }

const converting: Advice = {
  encoding: () => 'save it in UTF-8',
  delimiter: () => 'separate its fields by commas',
}

/**
 * Reads texts with their categories from the columns `text` and `category` of a `.csv`, `.ndjson` or `.jsonl` file, plain or compressed by gzip.
 * @throws Fault as `openColumns` does; `examples_unusable` for a row without a text or a category, and for too many rows,
 * characters of text or categories.
 */
export async function labelledFile(
  file: string,
  signal: AbortSignal,
  onRows: (rows: number) => void = () => undefined,
): Promise<readonly Example[]> {
  const examples: Example[] = []
  const categories = new Set<string>()
  let characters = 0
  const { rows } = await openColumns(file, { columns: ['text', 'category'], advice: converting })
  for await (const { row, values, fault } of rows) {
    signal.throwIfAborted()
    const [text = '', category = ''] = values.map((value) => value?.trim())
    if (fault !== undefined) throw unusable(`${file}, line ${row}: ${fault}`)
    if (text === '') throw unusable(`${file}, line ${row}: the text is missing`)
    if (category === '') throw unusable(`${file}, line ${row}: the category is missing`)
    if (isLongerThan(category, limits.name))
      throw unusable(`${file}, line ${row}: the category is longer than ${limits.name}`)
    characters += text.length
    categories.add(category)
    if (examples.length === most.examples) throw tooMuch(file, most.examples, 'rows')
    if (characters > most.characters) throw tooMuch(file, most.characters, 'characters of text')
    if (categories.size > most.categories) throw tooMuch(file, most.categories, 'categories')
    examples.push({ text: textOf({ subject: text, body: '' }), category })
    if (examples.length % 1_000 === 0) onRows(examples.length)
  }
  if (examples.length === 0) throw new CommandFault('file_empty', `${file} holds no rows`)
  return examples
}

const tooMuch = (file: string, limit: number, what: string): Fault =>
  unusable(`${file} holds more than ${limit.toLocaleString('en')} ${what}`)

const unusable = (message: string): Fault => new CommandFault('examples_unusable', message)
