import type { Pool } from 'pg'
import type { ClassificationSettings, Classifier, Desk, EventStore, Instant, LinearModel } from '@guichet/domain'
import { classifierOf, defaultClassification, instant, modelClassifier, ruleClassifier } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema } from '@guichet/eventstore'
import { completionSchema, dailyBudget } from '../completion/budget.ts'
import type { CircuitOptions } from '../completion/circuit.ts'
import type { CompletionService } from '../completion/completion.ts'
import type { Reaction } from '../reaction/reaction.ts'
import type { OnError } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import { openTables } from '../tables.ts'
import { classifyTickets } from './classify-tickets.ts'
import type { Examples } from './examples.ts'
import { examplesIn, followHistory, learnCategories } from './examples.ts'
import type { StoredModel } from './learner.ts'
import { learner, storedModel } from './learner.ts'
import { openAiClassifier, throughCircuit, withinBudget } from './openai-classifier.ts'

/** How tickets are classified in the background. */
export type ClassificationOptions = PartDatabase & {
  readonly store: EventStore
  /** The settings in force; those of `defaultClassification` without them. */
  readonly settings?: () => Promise<ClassificationSettings>
  /** The categories of the desk; by default those of the rules and those that people have used. */
  readonly categories?: () => Promise<readonly string[]>
  /** An additional HTTP service, if there is one. */
  readonly service?: CompletionService | undefined
  readonly circuit?: CircuitOptions
  /** How often it looks for new examples, in milliseconds; a minute by default. */
  readonly lookEveryMs?: number
  readonly onError?: OnError
  /** Called with warnings for the operator of a desk, such as more categories than the service can be offered. */
  readonly warn?: (message: string) => void
  readonly now?: () => Instant
}

/** The classification of a desk's tickets. */
export type ClassificationEngine = {
  /** The reactions that learn from the history and classify new tickets; for `reactions` to run. */
  readonly reactions: readonly Reaction[]
  readonly settings: () => Promise<ClassificationSettings>
  /** Sets the categories of the desk; without any, the desk has all of them. */
  readonly knows: () => Promise<(category: string) => boolean>
  readonly examples: Examples
  readonly stored: StoredModel
  /** Waits until every category chosen by people so far is recorded. @throws the signal's reason. */
  catchUp(desk: Desk, signal: AbortSignal): Promise<void>
  /** The rules, the current model, the service and the fallback, in this order. */
  classifier(): Promise<Classifier>
  /** The model alone, however unsure; undefined while there is none. */
  model(): Classifier | undefined
  /** Loads the stored model. */
  load(): Promise<void>
  /** Loads the model, and from then on trains whenever there are enough new examples. */
  start(): Promise<void>
  /**
   * The version of the model that classifies tickets; none while there is none.
   * @throws the error of the last training.
   */
  status(): Promise<{ readonly model: string | undefined }>
  stop(): Promise<void>
}

const mostCategories = 200

/**
 * Opens the classification of a desk; creates or migrates its tables first. Without rules and examples it never
 * classifies.
 */
export async function openClassification(options: ClassificationOptions): Promise<ClassificationEngine> {
  const { store, connectionString, settings = async () => defaultClassification, lookEveryMs = 60_000 } = options
  const { onError = () => undefined, now = () => instant(new Date()) } = options
  const pool = await openTables(classificationSchema, {
    connectionString,
    pool: options.pool,
    maxConnections: 3,
    onError,
  })
  const examples = examplesIn(pool)
  const stored = storedModel(pool)
  const knows = async (): Promise<(category: string) => boolean> => {
    const configured = new Set(await options.categories?.())
    return (category) => configured.size === 0 || configured.has(category)
  }
  const learning = learner({
    store,
    examples,
    stored,
    knows,
    settings: async () => (await settings()).learning,
    lookEveryMs,
    onError,
  })

  const categories = async (): Promise<readonly string[]> => {
    const configured = (await options.categories?.()) ?? []
    if (configured.length > 0) return configured
    const { rules, fallback } = await settings()
    const set = [...rules.map(({ set }) => set.category), fallback?.category].filter((each) => each !== undefined)
    return [...new Set([...set, ...(await examples.categories(mostCategories))])]
  }
  const service =
    options.service && (await openService({ ...options, service: options.service, categories, now }, pool))
  const rules = memoised((ruleList: ClassificationSettings['rules']) => ruleClassifier(ruleList))
  const byModel = memoised((linearModel: LinearModel) => modelClassifier(linearModel))
  const model = (): Classifier | undefined => {
    const learnt = learning.model()
    return learnt && byModel(learnt)
  }

  const classifier = async (): Promise<Classifier> => {
    const inForce = await settings()
    const parts = { rules: rules(inForce.rules), model: model(), service }
    return classifierOf(parts, inForce, {
      knows: await knows(),
      onError: (error) => onError(error, 'classifying a ticket'),
    })
  }
  const learnt = learnCategories(examples)
  return {
    reactions: [learnt, classifyTickets({ classifier, settings, now, onError })],
    catchUp: (desk, signal) => followHistory(desk, connectionString, learnt, signal),
    settings,
    knows,
    examples,
    stored,
    classifier,
    model,
    load: learning.load,
    start: learning.start,
    status: learning.status,
    stop: async () => {
      await learning.stop()
      await pool.end()
    },
  }
}

type ServiceOptions = Pick<ClassificationOptions, 'circuit' | 'warn'> & {
  readonly service: CompletionService
  readonly categories: () => Promise<readonly string[]>
  readonly now: () => Instant
}

/** The HTTP service as a classifier that is asked within its budget, and paused while it fails. */
async function openService(
  { service: { budget, ...service }, categories, warn, circuit, now }: ServiceOptions,
  pool: Pool,
): Promise<Classifier> {
  if (budget !== undefined) await migrateSchema(pool, completionSchema)
  const classifier = openAiClassifier({ ...service, categories, warn })
  return throughCircuit(withinBudget(classifier, dailyBudget(pool, 'classifier', budget), now), circuit)
}

/** Derives a result from a value, and derives it again only from another value. */
function memoised<V extends object, M>(make: (value: V) => M): (value: V) => M {
  let last: { readonly value: V; readonly made: M } | undefined
  return (value) => {
    if (last?.value !== value) last = { value, made: make(value) }
    return last.made
  }
}

/**
 * The categories that people have given to tickets, newest by `revision`, and the model that has been trained up to a
 * revision. Texts stay in the history: these tables contain ids and categories only.
 */
const classification = `
create sequence guichet_workflows.classification_revision;
create table guichet_workflows.classification_example (
  ticket_id text collate "C" primary key,
  category text not null,
  revision bigint not null default nextval('guichet_workflows.classification_revision')
);
create index on guichet_workflows.classification_example (revision);

create table guichet_workflows.classification_model (
  sole boolean primary key default true check (sole),
  version text not null,
  revision bigint not null,
  examples integer not null,
  trained_at timestamptz not null default now(),
  model bytea not null
);
`

/** The categories that people have given to tickets, and the model trained on them. */
const classificationSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'classification',
  steps: [classification],
}
