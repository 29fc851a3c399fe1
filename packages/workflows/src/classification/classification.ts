import type { ClassificationSettings, Classifier, Desk, EventStore, Instant, LinearModel } from '@guichet/domain'
import { classifierOf, defaultClassification, instant, modelClassifier, ruleClassifier } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import type { Reaction } from '../reaction/reactions.ts'
import type { OnError } from '../supervision.ts'
import { openTables } from '../tables.ts'
import { classifyTickets } from './classify-tickets.ts'
import type { Examples } from './examples.ts'
import { examplesIn, followHistory, learnCategories } from './examples.ts'
import type { StoredModel } from './learner.ts'
import { learner, storedModel } from './learner.ts'
import type { CircuitOptions, OpenAiOptions } from './openai-classifier.ts'
import { openAiClassifier, throughCircuit } from './openai-classifier.ts'

export type ClassificationOptions = {
  readonly store: EventStore
  /** The database of what was learnt. */
  readonly connectionString: string
  /** The settings in force; those of `defaultClassification` without them. */
  readonly settings?: () => Promise<ClassificationSettings>
  /** The categories that the desk has; without any, those of the rules and those that people have used. */
  readonly categories?: () => Promise<readonly string[]>
  /** An HTTP service to ask too, if there is one. */
  readonly service?: Omit<OpenAiOptions, 'categories' | 'warn'> | undefined
  readonly circuit?: CircuitOptions
  /** How often it looks for something new to learn, in milliseconds; a minute by default. */
  readonly lookEveryMs?: number
  readonly onError?: OnError
  /** Is told what the operator of a desk should know, such as that it has more categories than the service is offered. */
  readonly warn?: (message: string) => void
  readonly now?: () => Instant
}

/** What a desk does about the categories of its tickets. */
export type ClassificationEngine = {
  /** What learns from the history and classifies what is opened; for `reactions` to follow. */
  readonly reactions: readonly Reaction[]
  readonly settings: () => Promise<ClassificationSettings>
  /** Tells the categories that the desk has; without any, it has all of them. */
  readonly knows: () => Promise<(category: string) => boolean>
  readonly examples: Examples
  readonly stored: StoredModel
  /** Waits until all that people have said so far is known. @throws the signal's reason. */
  catchUp(desk: Desk, signal: AbortSignal): Promise<void>
  /** The rules, the model as it stands, the service and the fallback, one behind the other. */
  classifier(): Promise<Classifier>
  /** The model alone, however unsure; undefined while there is none. */
  model(): Classifier | undefined
  /** Loads the model as it is stored. */
  load(): Promise<void>
  /** Loads the model, and learns from then on whenever there is enough that is new. */
  start(): Promise<void>
  /** The version of the model that tickets are classified by; none while there is none. @throws what learning failed with the last time. */
  status(): Promise<{ readonly model: string | undefined }>
  stop(): Promise<void>
}

const mostCategories = 200

/** Opens the classification of a desk, whose tables are created or updated first. Without rules and without examples it says nothing. */
export async function openClassification(options: ClassificationOptions): Promise<ClassificationEngine> {
  const { store, connectionString, settings = async () => defaultClassification, lookEveryMs = 60_000 } = options
  const { onError = () => undefined, now = () => instant(new Date()) } = options
  const pool = await openTables(classificationSchema, { connectionString, maxConnections: 3, onError })
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
    options.service &&
    throughCircuit(openAiClassifier({ ...options.service, categories, warn: options.warn }), options.circuit)
  const rules = remembered((known: ClassificationSettings['rules']) => ruleClassifier(known))
  const byModel = remembered((known: LinearModel) => modelClassifier(known))
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

/** Makes something of a value, and makes it anew only of another value. */
function remembered<V extends object, M>(make: (value: V) => M): (value: V) => M {
  let last: { readonly value: V; readonly made: M } | undefined
  return (value) => {
    if (last?.value !== value) last = { value, made: make(value) }
    return last.made
  }
}

/**
 * What people have said that tickets are about, newest by `revision`, and the model that has learnt it up to a revision. Texts stay in the
 * history: here are ids and categories only.
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

/** What people have said that tickets are about, and the model that has learnt it. */
const classificationSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'classification',
  steps: [classification],
}
