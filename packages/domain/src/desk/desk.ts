import { termsAt } from '../configuration/terms.ts'
import { importIdOf } from '../history-import.ts'
import { withImportedPast } from '../history-import/imported-past.ts'
import type { IncidentSettings } from '../incident/settings.ts'
import { stepCommandId } from '../kernel/actor.ts'
import type { Aggregate, ClockState } from '../kernel/decider.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { DomainEvent, StreamName } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { Dispatch, Execute } from '../kernel/execute.ts'
import { createExecute, refusedAt } from '../kernel/execute.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { createStreamCache } from '../kernel/stream-cache.ts'
import type { Instant } from '../kernel/time.ts'
import { canonicalInstant, later, minutes } from '../kernel/time.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { defaultTicketPolicy, ticketPolicySchema } from '../ticket/policy.ts'
import { checkWording } from '../wording/check-wording.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { Wording } from '../wording/wording.ts'
import { speaks } from '../wording/wording.ts'
import type { StreamCategory } from './categories.ts'
import { categoriesBy } from './categories.ts'
import { claimIdentities } from './claim-identities.ts'
import { currentConfiguration } from './current-configuration.ts'
import { followMerges } from './merge-tickets.ts'
import type { Facts } from './needs.ts'
import { needs } from './needs.ts'
import type { OwnAggregates } from './own-aggregates.ts'
import type { Accepts, IdentifiedSender, Sender, StreamDesk } from './port.ts'
import { checkSteps, engineAccepts, fingerprintOfSteps, senderAccepts } from './port.ts'
import type { Desk, DeskWith } from './processes.ts'
import { processesOf } from './processes.ts'
import { customerActedFor } from './survivors.ts'

/** How a desk is created: its event store, and what it takes from its surroundings. */
export type DeskOptions<O extends OwnAggregates = OwnAggregates> = {
  /** Its catalogue has the events of the aggregates too. */
  readonly store: EventStore
  /** The machine's clock, UTC. */
  readonly now: () => Instant
  /** Makes unique ids for commands that have none, such as `crypto.randomUUID`. */
  readonly newId: () => string
  /** The ticket policy until a configuration has been applied. */
  readonly policy?: TicketPolicy
  readonly wording?: Wording
  /**
   * The incident settings until a configuration has been applied; by default the product's own, with nobody on call.
   */
  readonly incidents?: IncidentSettings
  /**
   * The longest time, in milliseconds, before this process reads a configuration that another process has applied
   * (default 1,000).
   */
  readonly lookEveryMs?: number
  /** How many folded streams are kept in memory (default 10,000). */
  readonly cachedStreams?: number
  /**
   * How far, in milliseconds, the moment of a command may lie in the future, because clocks differ (default one
   * minute).
   */
  readonly futureToleranceMs?: number
  /** Aggregates of your own, by the categories of their streams; none by default. */
  readonly aggregates?: O
}

/**
 * Creates the desk over a store. Time and ids are passed in, so that the same inputs give the same history.
 * @throws RangeError for an invalid policy, wording or aggregate.
 */
export function createDesk<const O extends OwnAggregates>(
  options: DeskOptions<O> & { readonly aggregates: O },
): DeskWith<O>
/** As above, without aggregates of your own. */
export function createDesk(options: DeskOptions): Desk
/** As above. */
export function createDesk(options: DeskOptions): Desk {
  const { store, newId, policy = defaultTicketPolicy, wording = defaultWording } = options
  const now = (): Instant => canonicalInstant(options.now())
  const { futureToleranceMs = minutes(1), lookEveryMs = 1_000 } = options
  checkPolicy(policy)
  checkTexts(wording)
  if (!speaks(wording, policy.defaultLanguage)) {
    throw new RangeError(`policy: defaultLanguage: the wording has no language ${policy.defaultLanguage}`)
  }
  const cache = createStreamCache(options.cachedStreams)
  const carryOut = createExecute(store, cache)
  const categories = categoriesBy(
    { terms: () => configured.timeline, speaks: (language) => speaks(wording, language) },
    options.aggregates,
  )
  const { aggregate } = categories.configuration
  const base = { policy, wording, ...(options.incidents && { incidents: options.incidents }) }
  const configured = currentConfiguration({ store, aggregate, base, now, lookEveryMs })

  const isInTheFuture: StreamDesk['isInTheFuture'] = (moment) => {
    const [at, present] = [canonicalInstant(moment), now()]
    return at > present && at > later(present, futureToleranceMs)
  }

  const memberOf = <K extends StreamCategory>(category: K): Categories[K] => {
    if (!isCategory(categories, category))
      throw new RangeError(`the desk has no streams of the category ${String(category)}`)
    return categories[category]
  }

  const read: StreamDesk['read'] = async (category, id) => {
    const { aggregate, id: idSchema } = memberOf(category)
    if (!idSchema.safeParse(id).success) return { version: 0, state: aggregate.initial }
    const stream = streamName(category, id)
    return cache.refresh(store, aggregate, stream, cache.peek(aggregate, stream))
  }

  const readRecent: StreamDesk['readRecent'] = async (category, id) => {
    const { aggregate } = memberOf(category)
    return cache.current(aggregate, streamName(category, id)) ?? (await read(category, id))
  }

  const follow: StreamDesk['follow'] = (tail, begins = []) => {
    const aggregateOf = (stream: StreamName): Aggregate<never, DomainEvent, unknown> | undefined => {
      const { category } = parseStream(stream)
      return isCategory(categories, category) ? categories[category].aggregate : undefined
    }
    const categoryNames = new Set<string>(begins)
    return cache.follow(tail, aggregateOf, (stream) => categoryNames.has(parseStream(stream).category))
  }

  const clockState: StreamDesk['clockState'] = async (stream, snapshot) => {
    const { category, id } = parseStream(stream)
    if (!isCategory(categories, category)) return noClocks
    const aggregate: Aggregate<never, DomainEvent, unknown> = categories[category].aggregate
    if (!aggregate.deadlines) return noClocks
    if (!snapshot) await configured.refresh()
    const { version, state } = snapshot ?? (await read(category, id))
    return { version, deadlines: aggregate.deadlines(state), labels: aggregate.labels?.(state) }
  }

  const shared = { store, now, newId, isInTheFuture, configured, categories, carryOut, read, readRecent }
  const parts = { ...shared, engine: () => engine }
  const build = (accepts: Accepts): Desk => {
    const desk: StreamDesk & Pick<Desk, 'engine'> = {
      store,
      now,
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
      readRecent,
      follow,
      cacheState: (category, id, snapshot) => cache.keep(streamName(category, id), snapshot),
      refreshConfiguration: configured.reload,
      clockState,
      ...entryTo(parts, accepts),
    }
    const identified = async (sender: Sender | undefined): Promise<Result<IdentifiedSender>> => {
      // Callers without a type checker may leave the sender out: such a command is refused.
      const { success, error } = accepts.sender.safeParse(sender ?? {}, describeIssue)
      if (!success) return deny(malformed(error))
      await configured.refresh()
      return accept({ ...(sender as Sender), commandId: sender?.commandId ?? newId() })
    }
    return Object.assign(desk, processesOf(desk, identified))
  }
  const engine = build(engineAccepts)
  return build(senderAccepts)
}

type Categories = ReturnType<typeof categoriesBy>

const noClocks: ClockState = { version: 0, deadlines: [], labels: undefined }

const isCategory = (categories: object, name: string): name is StreamCategory => Object.hasOwn(categories, name)

/** The policies and wordings that some desk of this process has checked: neither changes. */
const checked = new WeakSet<TicketPolicy | Wording>()

function checkPolicy(policy: TicketPolicy): void {
  if (checked.has(policy)) return
  const { error } = ticketPolicySchema.safeParse(policy, describeIssue)
  if (error) throw new RangeError(`policy: ${malformed(error).message}`)
  checked.add(policy)
}

function checkTexts(wording: Wording): void {
  if (checked.has(wording)) return
  checkWording(wording)
  checked.add(wording)
}

/** The methods of a desk that take commands to one stream, for one kind of sender. */
type Entry = Pick<StreamDesk, 'execute' | 'executeTogether'>

/** The parts that all entries of a desk share. */
type EntryParts = {
  readonly store: EventStore
  readonly now: () => Instant
  readonly newId: () => string
  readonly isInTheFuture: StreamDesk['isInTheFuture']
  readonly configured: ReturnType<typeof currentConfiguration>
  readonly categories: Categories
  readonly carryOut: Execute
  readonly read: StreamDesk['read']
  readonly readRecent: StreamDesk['readRecent']
  readonly engine: () => StreamDesk
}

/** Creates the entry to a desk for senders of one kind. */
function entryTo(parts: EntryParts, accepts: Accepts): Entry {
  const { store, now, newId, isInTheFuture, configured, categories, carryOut, read, readRecent, engine } = parts

  const executeTogether: StreamDesk['executeTogether'] = async (category, id, steps, sender) => {
    if (!Object.hasOwn(categories, category)) return deny(unknownCategory(Object.keys(categories)))
    await configured.refresh()
    const member = categories[category]
    const beside = needs[category]
    const { aggregate, schema: commandSchema, id: idSchema } = member
    const checked = checkSteps(commandSchema, accepts.step, steps)
    if (!checked.ok) return checked
    const from = accepts.sender.safeParse(sender ?? {}, describeIssue)
    if (!from.success) return deny(malformed(from.error))
    const stream = idSchema.safeParse(id, describeIssue)
    if (!stream.success) return deny(malformed(stream.error, 'id'))

    const present = now()
    const { by, at = present, commandId = newId(), correlationId, causationId, expectedVersion } = from.data
    const early = checked.value.findIndex((step) => isInTheFuture(step.at ?? at))
    if (early >= 0) return deny(refusedAt(early, steps.length, refusal('at_in_the_future', { field: 'at' })))

    const imported = importIdOf(correlationId ?? '') !== undefined
    const ofTheDesk = by.kind === 'customer' && !imported
    const fields = checked.value.map(({ command }) => (ofTheDesk ? member.deskOnlyField?.(command) : undefined))
    const index = fields.findIndex((field) => field !== undefined)
    if (index >= 0) {
      return deny(refusedAt(index, steps.length, refusal('not_for_this_actor', { field: fields[index] ?? 'by' })))
    }

    const facts = (readRecord: StreamDesk['read']): Promise<readonly Facts[]> => {
      const needing = { stream: streamName(category, id), by, isImported: imported, read, readRecord }
      return Promise.all(checked.value.map(async ({ command }) => (await beside?.facts?.(command, needing)) ?? {}))
    }
    const fingerprint = fingerprintOfSteps(checked.value, by, member.addedByDesk)
    const marked: Dispatch['marked'] =
      member.marksImportedPast && !imported
        ? (ticket, version, events) => withImportedPast({ store, read }, ticket, version, events)
        : undefined
    const dispatch: Dispatch = { commandId, fingerprint, correlationId, causationId, expectedVersion, marked }
    const carry = async (facts: readonly Facts[]) => {
      const commands = checked.value.map((step, index) => ({
        ...step.command,
        ...facts[index],
        by: step.by ?? by,
        at: step.at ?? at,
        commandId: stepCommandId(commandId, index),
      }))
      const carried = await (steps.every(({ command }) => member.followsMerges?.has(command.type))
        ? followMerges(carryOut, aggregate, id, commands, dispatch)
        : member.identities
          ? claimIdentities(
              { store, engine: engine(), carryOut },
              { aggregate, identities: member.identities, listings: beside?.listings },
              id,
              commands,
              dispatch,
              (attempt) => (attempt === 0 ? readRecent : read)(category, id),
            )
          : carryOut(aggregate, id, commands, dispatch))
      const isForeign = !carried.ok && carried.refusal.code === 'not_the_customer'
      const actsFor = isForeign ? await customerActedFor({ read }, category, id, by) : undefined
      if (actsFor === undefined) return carried
      const acting = commands.map((command) => ({ ...command, actsFor }))
      return carryOut(aggregate, id, acting, dispatch)
    }
    const recent = await facts(readRecent)
    let outcome = await carry(recent)
    // What was read a moment ago may have changed: a refusal is decided on what is stored.
    if (!outcome.ok && recent.some(({ account }) => account)) {
      const stored = await facts(read)
      if (!isDeepEqual(stored, recent)) outcome = await carry(stored)
    }
    if (!beside?.after) return outcome
    const commands = checked.value.map(({ command }) => command)
    const sent = { by, at, commandId, correlationId }
    return beside.after({ desk: { engine: engine(), read }, configured, id, commands, sender: sent }, outcome)
  }

  return {
    execute: (category, id, command, sender) => executeTogether(category, id, [{ command }], sender),
    executeTogether,
  }
}

const unknownCategory = (names: readonly string[]): Refusal =>
  refusal('invalid_command', { message: `category: must be one of ${names.join(', ')}`, field: 'category' })
