import type { ClassificationSettings, EventStore, LinearModel } from '@guichet/domain'
import { learnable, training } from '@guichet/domain'
import type { OnError } from '../../supervision/on-error.ts'
import type { Observed } from '../../supervision/periodically.ts'
import { periodically } from '../../supervision/periodically.ts'
import type { Examples } from './examples.ts'
import { inSlices } from './in-slices.ts'
import { readExamples } from './read-examples.ts'
import type { ModelCard, StoredModel } from './stored-model.ts'

export type LearnerOptions = {
  readonly store: EventStore
  readonly examples: Examples
  readonly stored: StoredModel
  readonly settings: () => Promise<ClassificationSettings['learning']>
  /** Whether the desk has a category: what people said in terms of another one is not learnt from. */
  readonly knows: () => Promise<(category: string) => boolean>
  /** How often it looks whether there is something new to learn, in milliseconds. */
  readonly lookEveryMs: number
  readonly onError: OnError
}

/** Keeps a model that has learnt what people say, and learns anew when they have said enough that is new. */
export type Learner = {
  /** The model as it stands in this process; undefined while there is none. */
  model(): LinearModel | undefined
  /** Loads the stored model, if there is another one than is known here. */
  load(): Promise<void>
  /** Loads the stored model, then looks from time to time. */
  start(): Promise<void>
  /** The version of the model as it stands in this process. @throws what it failed with the last time that it looked. */
  status(): Promise<{ readonly model: string | undefined }>
  /** Ends what is under way; half a training is thrown away. */
  stop(): Promise<void>
}

const aDay = 86_400_000

/** So much must be new before it is worth another try. */
const worthIt = 20

/** The model is of yesterday when so much of what it has learnt was said since, or anything at all a day ago. */
const isOutdated = (card: ModelCard | undefined, count: { readonly all: number; readonly since: number }): boolean =>
  card === undefined ||
  count.since >= Math.max(worthIt, card.examples / 10) ||
  (count.since > 0 && Date.now() - card.trainedAt.getTime() > aDay)

/** A learner without a model, which looks for nothing until it is started. Of several processes one trains; the others load what it has stored. */
export function learner({ store, examples, stored, settings, knows, lookEveryMs, onError }: LearnerOptions): Learner {
  const stopping = new AbortController()
  let model: LinearModel | undefined
  let looking: Observed | undefined
  /** Up to which revision there was too little to learn from. */
  let tooLittle: string | undefined

  const loadNewest = async (): Promise<ModelCard | undefined> => {
    const card = await stored.card()
    if (card !== undefined && card.version !== model?.version) model = (await stored.load()) ?? model
    return card
  }

  const isWorthIt = async (): Promise<boolean> => {
    const card = await stored.card()
    const count = await examples.count(card?.revision)
    if (count.all < (await settings()).minimumExamples || !isOutdated(card, count)) return false
    return tooLittle === undefined || (await examples.count(tooLittle)).since >= worthIt
  }

  const learn = async (): Promise<void> => {
    if (!(await isWorthIt())) return
    await stored.alone(async () => {
      if (!(await isWorthIt())) return
      const inForce = await settings()
      const read = await readExamples(store, examples, inForce.mostExamples, await knows(), stopping.signal)
      const fit = learnable(read.examples, inForce)
      tooLittle = fit.length === 0 ? read.revision : undefined
      if (fit.length === 0 || read.revision === undefined) return
      model = await inSlices(training(fit), stopping.signal)
      await stored.save(model, read.revision)
    })
  }

  const look = async (): Promise<void> => {
    try {
      await loadNewest()
      await learn()
    } catch (error) {
      if (!stopping.signal.aborted) throw error
    }
  }
  const failed = (error: unknown): void => onError(error, 'learning what tickets are about')

  return {
    model: () => model,
    load: async () => void (await loadNewest()),
    start: async () => {
      await loadNewest().catch(failed)
      looking = periodically(lookEveryMs, look, failed)
    },
    status: async () => {
      const failure = looking?.failure()
      if (failure !== undefined) throw failure
      return { model: model?.version }
    },
    stop: async () => {
      stopping.abort(new Error('stopping'))
      await looking?.stop()
    },
  }
}
