import type { Evaluation, Example } from '@guichet/domain'
import { crossValidating, evaluating, learnable, limits, textOf, training } from '@guichet/domain'
import { inSlices, readExamples } from '@guichet/workflows'
import type { Engine } from './engine/engine.ts'
import { Fault } from './fault.ts'
import { openColumns } from './import/log/open-log.ts'

/** How a model that has learnt from one file does on another. */
type FileEvaluation = Evaluation & {
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

type EvaluateOptions = {
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

/** What a desk's model has learnt, and how right it would have been. */
type Trained = Pick<Evaluation, 'accuracy' | 'macroF1' | 'calibrationError' | 'confusions'> & {
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

/** What is read at the most: a larger file is refused before anything is learnt from it. */
const most = { examples: 100_000, characters: 20_000_000, categories: 1_000 }

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
  const { rows } = await openColumns(file, { columns: ['text', 'category'], delimiter: ',' })
  for await (const { row, values, fault } of rows) {
    signal.throwIfAborted()
    const [text = '', category = ''] = values.map((value) => value?.trim())
    if (fault !== undefined) throw unusable(`${file}, line ${row}: ${fault}`)
    if (text === '') throw unusable(`${file}, line ${row}: the text is missing`)
    if (category === '') throw unusable(`${file}, line ${row}: the category is missing`)
    if (category.length > limits.name)
      throw unusable(`${file}, line ${row}: the category is longer than ${limits.name}`)
    characters += text.length
    categories.add(category)
    if (examples.length === most.examples) throw tooMuch(file, most.examples, 'rows')
    if (characters > most.characters) throw tooMuch(file, most.characters, 'characters of text')
    if (categories.size > most.categories) throw tooMuch(file, most.categories, 'categories')
    examples.push({ text: textOf({ subject: text, body: '' }), category })
    if (examples.length % 1_000 === 0) onRows(examples.length)
  }
  if (examples.length === 0) throw new Fault('file_empty', `${file} holds no rows`)
  return examples
}

const tooMuch = (file: string, limit: number, what: string): Fault =>
  unusable(`${file} holds more than ${limit.toLocaleString('en')} ${what}`)

const unusable = (message: string): Fault => new Fault('examples_unusable', message)
