import type { Configuration } from '../configuration/configuration.ts'
import { configurationAggregate } from '../configuration/versions.ts'
import type { IncidentEvent } from '../incident/events.ts'
import type { IncidentState } from '../incident/state.ts'
import type { IncidentSettings } from '../incident/settings.ts'
import { actorSchema } from '../kernel/actor.ts'
import type { Standing } from '../kernel/deadline.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent, StreamName } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { Executed } from '../kernel/execute.ts'
import { createExecute } from '../kernel/execute.ts'
import type { Instant } from '../kernel/instant.ts'
import { canonicalInstant, later, minutes } from '../kernel/instant.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import { malformed } from '../kernel/malformed.ts'
import type { Result } from '../kernel/result.ts'
import type { Folded } from '../kernel/stream-cache.ts'
import { createStreamCache } from '../kernel/stream-cache.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { defaultTicketPolicy, ticketPolicySchema } from '../ticket/policy.ts'
import type { TicketState } from '../ticket/state.ts'
import type { Terms } from '../ticket/rule.ts'
import type { TermsTimeline, TermsVersion } from '../ticket/terms.ts'
import { termsAt } from '../ticket/terms.ts'
import { defaultWording } from '../wording/index.ts'
import { checkWording } from '../wording/check-wording.ts'
import type { Wording } from '../wording/wording.ts'
import { speaks } from '../wording/wording.ts'
import type { StreamCategories, StreamCategory } from './categories.ts'
import { categoriesBy } from './categories.ts'
import type { Declaration } from './declare-incident.ts'
import type { Entry } from './entry.ts'
import { entryTo } from './entry.ts'
import { knownConfiguration } from './known-configuration.ts'
import type { Split } from './split-ticket.ts'
import type { Step } from './steps.ts'
import type { Sender } from './sender.ts'
import { engineSenderSchema, senderActorSchema, senderSchema } from './sender.ts'

/** What became of a command: what it stored, or why it was refused. */
export type Outcome<E extends DomainEvent = DomainEvent, S = unknown> = Result<Executed<E, S>>

/** The way into Guichet: commands in, outcomes out. */
export type Desk = {
  readonly store: EventStore
  /**
   * The engine's own entry: the same desk, which also takes what no other sender may send, namely commands under the engine's own ids
   * (`isEngineCommandId`), in its name (`isEngineActor`) and as imported history. For clocks, reactions, routing and imports; never hand
   * it to what answers requests.
   */
  readonly engine: Desk
  /** What tickets are run by until a configuration has been applied. */
  readonly base: Omit<TermsVersion, 'from'>
  /** The terms in force now, as stored. */
  terms(): Promise<Terms>
  /** The policy and the words in force, as far as this process knows. */
  readonly policy: TicketPolicy
  readonly wording: Wording
  /** The terms that tickets are, were and will be run by, as far as this process knows. */
  readonly timeline: TermsTimeline
  /**
   * Carries out a command: checks it, decides it on the stream's present state and stores its events. Refusals are
   * answers; only a failing store rejects. A reply to a merged ticket goes to the ticket it was merged into, unless the
   * merged one holds it already: then it is a repeat, and changes nothing.
   */
  execute<K extends StreamCategory>(
    category: K,
    id: string,
    command: StreamCategories[K]['command'],
    sender: Sender,
  ): Promise<Outcome<StreamCategories[K]['event'], StreamCategories[K]['state']>>
  /**
   * Carries out 1 to 1,000 commands on one stream as one: each is decided on the state that those before it lead to, and
   * all their events are stored at once, under the sender's command id, or none. The first refusal is the answer for all;
   * its `step` names the command. A repeat answers with the first outcome, as with `execute`.
   */
  executeTogether<K extends StreamCategory>(
    category: K,
    id: string,
    steps: readonly Step<StreamCategories[K]['command']>[],
    sender: Sender,
  ): Promise<Outcome<StreamCategories[K]['event'], StreamCategories[K]['state']>>
  /** The configuration in force, looked for anew when that was some time ago; undefined until one has been applied. */
  configuration(): Promise<Configuration | undefined>
  /** Whether a command of this moment would be refused with `at_in_the_future`. */
  isInTheFuture(at: Instant): boolean
  /**
   * The state of a stream as stored, with its version: 0 when nothing has happened on it, as under an id that none can have.
   * @throws RangeError for a category that there is not.
   */
  read<K extends StreamCategory>(category: K, id: string): Promise<Folded<StreamCategories[K]['state']>>
  /** Takes a state that was folded from a stream up to a version for what it is, so that no command reads the events before. */
  remember<K extends StreamCategory>(category: K, id: string, known: Folded<StreamCategories[K]['state']>): void
  /** Looks at once for a configuration that another process has applied, for whoever has heard of its consequences already. */
  heedConfiguration(): Promise<void>
  /**
   * What stands on a stream of any category, as stored; nothing on one whose category has no clocks, or that is unknown.
   * @param known the stream as an outcome has just told of it, which saves reading it.
   */
  standing(stream: StreamName, known?: Folded<unknown>): Promise<Standing>
  /**
   * Merges one ticket into another of the same customer; a repeat with the same command id completes what was begun. The
   * sender's `expectedVersion` is that of the source.
   */
  mergeTickets(source: string, target: string, sender: Sender): Promise<Outcome<TicketEvent, TicketState>>
  /** Lets a message of a ticket's customer go on as a ticket of its own; answers with that one. A repeat completes what was begun. */
  splitTicket(split: Split, sender: Sender): Promise<Outcome<TicketEvent, TicketState>>
  /** Declares an incident with its urgent ticket, as `declareIncident` does. */
  declareIncident(id: string, declaration: Declaration, sender: Sender): Promise<Outcome<IncidentEvent, IncidentState>>
}

export type DeskOptions = {
  readonly store: EventStore
  /** The clock of the machine, UTC. */
  readonly now: () => Instant
  /** Makes ids for commands that bring none; unique, such as `crypto.randomUUID`. */
  readonly newId: () => string
  /** What tickets are run by until a configuration has been applied. */
  readonly policy?: TicketPolicy
  readonly wording?: Wording
  /** What incidents are declared under until then; 000's numbers by default, with nobody on call. */
  readonly incidents?: IncidentSettings
  /** How long a configuration that another process applies may go unnoticed, in milliseconds (default 1,000). */
  readonly lookEveryMs?: number
  /** How many folded streams are kept in memory (default 10,000). */
  readonly cachedStreams?: number
  /** How far, in milliseconds, the moment of a command may lie after now: clocks differ (default one minute). */
  readonly futureToleranceMs?: number
}

/**
 * Builds the desk over a store. Time and ids come from outside, so that the same inputs give the same history.
 * @throws RangeError for a policy or a wording that tickets cannot be run by.
 */
export function createDesk(options: DeskOptions): Desk {
  const { store, newId, policy = defaultTicketPolicy, wording = defaultWording } = options
  const now = (): Instant => canonicalInstant(options.now())
  const { futureToleranceMs = minutes(1), lookEveryMs = 1_000 } = options
  checkPolicy(policy)
  checkWording(wording)
  if (!speaks(wording, policy.defaultLanguage)) {
    throw new RangeError(`policy: defaultLanguage: the wording has no language ${policy.defaultLanguage}`)
  }
  const cache = createStreamCache(options.cachedStreams)
  const carryOut = createExecute(store, cache)
  const configuration = configurationAggregate((language) => speaks(wording, language))
  const base = { policy, wording, ...(options.incidents && { incidents: options.incidents }) }
  const configured = knownConfiguration({ store, aggregate: configuration, base, now, lookEveryMs })
  const categories = categoriesBy(() => configured.timeline, configuration)

  const isInTheFuture: Desk['isInTheFuture'] = (moment) => {
    const [at, present] = [canonicalInstant(moment), now()]
    return at > present && at > later(present, futureToleranceMs)
  }

  const read: Desk['read'] = async (category, id) => {
    if (!isCategory(categories, category))
      throw new RangeError(`the desk has no streams of the category ${String(category)}`)
    const { aggregate, id: idSchema } = categories[category]
    if (!idSchema.safeParse(id).success) return { version: 0, state: aggregate.initial }
    const stream = streamName(category, id)
    return cache.refresh(store, aggregate, stream, cache.peek(aggregate, stream))
  }

  const standing: Desk['standing'] = async (stream, known) => {
    const { category, id } = parseStream(stream)
    if (!isCategory(categories, category)) return nothingStands
    const aggregate: Aggregate<never, DomainEvent, unknown> = categories[category].aggregate
    if (!aggregate.deadlines) return nothingStands
    if (!known) await configured.refresh()
    const { version, state } = known ?? (await read(category, id))
    return { version, deadlines: aggregate.deadlines(state), labels: aggregate.labels?.(state) }
  }

  const build = (entry: Entry): Desk => ({
    store,
    get engine() {
      return engine
    },
    base,
    terms: async () => {
      await configured.refresh()
      return termsAt(configured.timeline, now())
    },
    get policy() {
      return termsAt(configured.timeline, now()).policy
    },
    get wording() {
      return termsAt(configured.timeline, now()).wording
    },
    get timeline() {
      return configured.timeline
    },
    configuration: async () => {
      await configured.refresh()
      return configured.versions.findLast(({ effectiveFrom }) => effectiveFrom <= now())?.configuration
    },
    isInTheFuture,
    read,
    remember: (category, id, known) => cache.keep(streamName(category, id), known),
    heedConfiguration: configured.heed,
    standing,
    ...entry,
  })
  const parts = { store, now, newId, isInTheFuture, configured, categories, carryOut, read, engine: () => engine }
  const engine: Desk = build(entryTo(parts, { sender: engineSenderSchema, actor: actorSchema }))
  return build(entryTo(parts, { sender: senderSchema, actor: senderActorSchema }))
}

const nothingStands: Standing = { version: 0, deadlines: [], labels: undefined }

const isCategory = (categories: object, name: string): name is StreamCategory => Object.hasOwn(categories, name)

function checkPolicy(policy: TicketPolicy): void {
  const { error } = ticketPolicySchema.safeParse(policy, inOurWords)
  if (error) throw new RangeError(`policy: ${malformed(error).message}`)
}
