import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, QueryResultRow } from 'pg'
import { z } from 'zod'
import type { ClassificationSettings, EventStore, LinearModel } from '@guichet/domain'
import { learnable, training, versionOf } from '@guichet/domain'
import type { ObservedRepetition, OnError } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import type { Examples } from './examples.ts'
import { readExamples } from './examples.ts'

type LearnerOptions = {
  readonly store: EventStore
  readonly examples: Examples
  readonly stored: StoredModel
  readonly settings: () => Promise<ClassificationSettings['learning']>
  /** Whether the desk has a category: examples of other categories are not learned from. */
  readonly knows: () => Promise<(category: string) => boolean>
  /** How often it looks for new examples, in milliseconds. */
  readonly lookEveryMs: number
  readonly onError: OnError
}

/** Maintains a model of the examples, and trains it again when there are enough new ones. */
type Learner = {
  /** The current model of this process; undefined while there is none. */
  model(): LinearModel | undefined
  /** Loads the stored model, if it differs from the current one. */
  load(): Promise<void>
  /** Loads the stored model, then checks for a new one regularly. */
  start(): Promise<void>
  /** The version of the current model of this process. @throws the error of the last check. */
  status(): Promise<{ readonly model: string | undefined }>
  /** Ends work under way; an unfinished training is discarded. */
  stop(): Promise<void>
}

const aDay = 86_400_000

/** The share of new examples that makes another training worthwhile. */
const worthIt = 20

/** A model is outdated when this share of its examples is new, or when a day has passed with any new example. */
const isOutdated = (card: ModelCard | undefined, count: { readonly all: number; readonly since: number }): boolean =>
  card === undefined ||
  count.since >= Math.max(worthIt, card.examples / 10) ||
  (count.since > 0 && Date.now() - card.trainedAt.getTime() > aDay)

/**
 * Creates a learner without a model; it does nothing until it is started. One of several processes trains; the others
 * load its model.
 */
export function learner({ store, examples, stored, settings, knows, lookEveryMs, onError }: LearnerOptions): Learner {
  const stopping = new AbortController()
  let model: LinearModel | undefined
  let looking: ObservedRepetition | undefined
  /** The revision up to which there were too few examples. */
  let tooLittle: string | undefined

  const loadNewest = async (): Promise<ModelCard | undefined> => {
    const card = await stored.card()
    if (card !== undefined && card.version !== model?.version) model = (await stored.load(card.version)) ?? model
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

/** The metadata of the stored model, which is available without reading it. */
export type ModelCard = {
  readonly version: string
  /** It was trained on the examples up to this revision. */
  readonly revision: string
  readonly examples: number
  readonly trainedAt: Date
}

/** The one model that the processes of a desk share. */
export type StoredModel = {
  card(): Promise<ModelCard | undefined>
  /**
   * The model with this version, if it is still stored.
   * @throws ModelUnreadable when it was made by another version of the program, or is damaged.
   */
  load(version: string): Promise<LinearModel | undefined>
  save(model: LinearModel, revision: string): Promise<void>
  /** Runs work that one process at a time may do; undefined when another one is doing it. */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>
}

/** The model in `guichet_workflows`, whose schema must be migrated. Rejects with the errors of the database. */
export function storedModel(pool: Pool): StoredModel {
  const table = 'guichet_workflows.classification_model'
  const card = 'version, revision::text as revision, examples, trained_at as "trainedAt"'
  const { save, ...stored } = modelTable<ModelCard>(pool, table, card)
  return {
    ...stored,
    save: (model, revision) => save(model, { revision, examples: model.examples }),
    alone: async (work) => {
      const client = await pool.connect()
      let done = false
      try {
        const lock = `hashtextextended('guichet_workflows.classification', 0)`
        const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${lock}) as taken`)
        const result = rows[0]?.taken ? await work() : undefined
        if (rows[0]?.taken) await client.query(`select pg_advisory_unlock(${lock})`)
        done = true
        return result
      } finally {
        client.release(!done)
      }
    },
  }
}

/**
 * A table with one row: the latest model, or that there is none. It has the columns `sole`, `version`, `model` and
 * `trained_at`, and others.
 * @param card what is read of it without the model, as the columns of a query.
 */
export function modelTable<Card extends QueryResultRow>(pool: Pool, table: string, card: string) {
  return {
    card: async (): Promise<Card | undefined> => (await pool.query<Card>(`select ${card} from ${table}`)).rows[0],
    /** @throws ModelUnreadable when it was made by another version of the program, or is damaged. */
    load: async (version: string): Promise<LinearModel | undefined> => {
      const { rows } = await pool.query<{ model: Buffer }>(`select model from ${table} where version = $1`, [version])
      return rows[0] && decodeModel(rows[0].model)
    },
    /** Stores a model, and the values of the other columns. */
    save: async (model: LinearModel | undefined, others: Readonly<Record<string, unknown>>): Promise<void> => {
      const row = { ...others, version: model?.version ?? null, model: model ? encodeModel(model) : null }
      const columns = Object.keys(row)
      const changes = columns.map((column) => `${column} = excluded.${column}`)
      await pool.query(
        `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})
         on conflict (sole) do update set ${changes.join(', ')}, trained_at = now()`,
        Object.values(row),
      )
    },
  }
}

const format = 1

const headSchema = z.object({
  format: z.literal(format),
  version: z.string(),
  categories: z.array(z.string()).min(2),
  texts: z.int().nonnegative(),
  features: z.int().nonnegative(),
  temperature: z.number().positive(),
  examples: z.int().nonnegative(),
  accuracy: z.number(),
})

/** Bytes that are no model of this version of the program, or a damaged one. */
export class ModelUnreadable extends Error {
  override readonly name = 'ModelUnreadable'
}

/**
 * Encodes a model as bytes: the length of its head in four bytes, the head as JSON, the length of the feature names,
 * these names line by line, then numbers of four bytes each, low byte first: occurrences, biases, weights.
 */
export function encodeModel(model: LinearModel): Buffer {
  const { version, categories, vocabulary, temperature, examples, accuracy, biases, weights } = model
  const { numbers, occurrences, texts } = vocabulary
  const head = { format, version, categories, texts, features: numbers.size, temperature, examples, accuracy }
  const parts = [JSON.stringify(head), [...numbers.keys()].join('\n')].map((text) => Buffer.from(text))
  return Buffer.concat([
    ...parts.flatMap((part) => [lengthOf(part), part]),
    ...[occurrences, biases, weights].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    ),
  ])
}

/** @throws ModelUnreadable when the bytes do not come from `encodeModel`, are incomplete, or were changed. */
export function decodeModel(bytes: Buffer): LinearModel {
  try {
    return decode(bytes)
  } catch (cause) {
    if (cause instanceof ModelUnreadable) throw cause
    throw new ModelUnreadable('the stored model cannot be read', { cause })
  }
}

function decode(bytes: Buffer): LinearModel {
  let at = 0
  const text = (): string => {
    const length = bytes.readUInt32LE(at)
    at += 4 + length
    return bytes.toString('utf8', at - length, at)
  }
  const numbersOf = (count: number): ArrayBuffer => {
    const from = at
    at += count * 4
    if (at > bytes.length) throw new ModelUnreadable('the stored model ends too early')
    return new Uint8Array(bytes.subarray(from, at)).buffer
  }
  const { features, categories, texts, ...head } = headSchema.parse(JSON.parse(text()))
  const names = text().split('\n')
  const vocabulary = {
    numbers: new Map(names.slice(0, features).map((name, number) => [name, number])),
    occurrences: new Uint32Array(numbersOf(features)),
    texts,
  }
  const biases = new Float32Array(numbersOf(categories.length))
  const weights = new Float32Array(numbersOf(features * categories.length))
  const { version, temperature, examples, accuracy } = head
  const model = { version, categories, vocabulary, weights, biases, temperature, examples, accuracy }
  if (versionOf(model) !== version) throw new ModelUnreadable('the stored model is damaged')
  return model
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(part.length)
  return length
}

const sliceMs = 8

/**
 * Runs work that pauses every few milliseconds to its end, and gives the rest of the process its turn in between: after
 * each slice of 8 ms it rests for the same time by default.
 * @throws the signal's reason.
 */
export async function inSlices<T>(work: Generator<void, T>, signal: AbortSignal, restMs = sliceMs): Promise<T> {
  for (;;) {
    const until = performance.now() + sliceMs
    while (performance.now() < until) {
      const step = work.next()
      if (step.done) return step.value
    }
    await delay(restMs)
    signal.throwIfAborted()
  }
}
