import type { DomainEvent, EventEnvelope, Instant, Position, TicketEvent } from '@guichet/domain'
import { isOfCategory, LruCache, parseStream, streamName, unlessDeleted } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { StreamEnd } from '../runner/stream-history.ts'

/** How the streams of one category fold into the state that read models need. */
type StreamFold<E extends DomainEvent, S> = {
  readonly category: string
  readonly initial: S
  /**
   * Whether the read models cannot do without any of its streams: they stop at one that was deleted or has lost its
   * first events. Otherwise they pass over it.
   */
  readonly needed?: boolean
  evolve(state: S, envelope: EventEnvelope<E>): S
}

/** One event, with the state of its stream before and after it. */
export type Step<E extends DomainEvent, S> = {
  readonly id: string
  readonly envelope: EventEnvelope<E>
  readonly before: S
  readonly after: S
}

/** A stream that a batch has moved: its state before its first event in the batch, and after its last. */
export type MovedStream<S> = { readonly id: string; readonly version: number; readonly before: S; readonly after: S }

type Context = Pick<ProjectionContext, 'tx' | 'history'>

/** Folds the streams of a category; see `createStreamFolding`. */
export type StreamFolding<E extends DomainEvent, S> = {
  /** The category's events of a batch, in global order; without those of streams whose history is lost. */
  steps(events: readonly RecordedEvent[], context: Context): Promise<readonly Step<E, S>[]>
  /**
   * The states of streams right after a batch, also of those that it has not moved: read from their histories once, and
   * then followed from batch to batch. A stream whose history is lost is left out.
   */
  statesAfter(
    ids: readonly string[],
    events: readonly RecordedEvent[],
    context: Context & Pick<ProjectionContext, 'from'>,
  ): Promise<ReadonlyMap<string, S>>
  /**
   * The states of streams right after a position in the order of all events, folded from their histories. A stream whose
   * history is lost is left out.
   */
  statesAt(ids: readonly string[], position: Position, context: Context): Promise<ReadonlyMap<string, S>>
}

type Most = { readonly streams: number; readonly events?: number }

/** How many streams are read from their histories at the same time. */
const readTogether = 200

/** How many states at a position are cached for `statesAfter`: one or two for each group of read models. */
const maxStatesAt = 1_000

/**
 * Folds the streams of a category, batch by batch. No state is stored. The most recently folded streams are cached in
 * memory; others are folded anew from their own history. Cached states are keyed by stream and version, and a stream's
 * state at a version never changes, so that the cache stays valid when a transaction rolls back or another process
 * takes over. Each connection that projections write with has its own cache, since a rebuild is elsewhere in the
 * history. An event that several connections get from the feed is folded once for all of them, and a batch once for all
 * read models that share it.
 * @param most the maximum numbers of cached streams, and of their events together if states grow with them.
 */
export function createStreamFolding<E extends DomainEvent, S>(
  fold: StreamFold<E, S>,
  most: Most = { streams: 10_000, events: 250_000 },
): StreamFolding<E, S> {
  const perConnection = new WeakMap<object, Folding<E, S>>()
  const atPositions = new LruCache<string, Promise<S>>({ maxEntries: maxStatesAt })
  const shared: SharedSteps<E, S> = new WeakMap()

  const restored = async (id: string, end: StreamEnd, { history }: Context): Promise<FoldedStream<S>> => {
    let stream: FoldedStream<S> = { version: 0, state: fold.initial }
    for await (const page of history.read(streamName(fold.category, id), end)) {
      for (const envelope of page)
        stream = { version: envelope.version, state: fold.evolve(stream.state, envelope as EventEnvelope<E>) }
    }
    return stream
  }

  const stateAt = async (id: string, position: Position, context: Context): Promise<S> =>
    (await restored(id, { position }, context)).state

  /** Undefined for a stream that is passed over. */
  const orPassOver = async <T>(id: string, work: Promise<T>, context: Context): Promise<T | undefined> => {
    if (fold.needed) return work
    return unlessDeleted(work, ({ message }) => {
      context.history.lost?.(streamName(fold.category, id), message)
      return undefined
    })
  }

  const cache = (id: string, position: Position | undefined, state: Promise<S>): Promise<S> => {
    const key = `${position} ${id}`
    atPositions.set(key, state)
    state.catch(() => atPositions.delete(key))
    return state
  }

  const steps: StreamFolding<E, S>['steps'] = (events, context) => {
    const folding = perConnection.get(context.tx) ?? createFolding<E, S>(most)
    perConnection.set(context.tx, folding)
    const batch = folding.batches.get(events)
    if (batch) return batch
    const restore = (id: string, version: number): Promise<FoldedStream<S> | undefined> =>
      orPassOver(id, restored(id, { version }, context), context)
    const folded = foldBatch(fold, { states: folding.states, shared }, events, restore).then(({ steps, states }) => {
      for (const [id, state] of states) folding.states.set(id, state)
      return steps
    })
    folding.batches.set(events, folded)
    folded.catch(() => folding.batches.delete(events))
    return folded
  }

  return {
    steps,
    statesAfter: async (ids, events, context) => {
      const moved = new Map(movedBy(await steps(events, context)).map(({ id, after }) => [id, Promise.resolve(after)]))
      const { from } = context
      const before = (id: string): Promise<S> => {
        if (from === undefined) return Promise.resolve(fold.initial)
        return atPositions.get(`${from} ${id}`) ?? cache(id, from, stateAt(id, from, context))
      }
      const to = events.at(-1)?.position ?? from
      return statesOf(await together(ids, (id) => orPassOver(id, cache(id, to, moved.get(id) ?? before(id)), context)))
    },
    statesAt: async (ids, position, context) =>
      statesOf(await together(ids, (id) => orPassOver(id, stateAt(id, position, context), context))),
  }
}

/** A view of a folding for a read model that needs only a part of its states. */
export function partOf<E extends DomainEvent, S, P>(
  folding: StreamFolding<E, S>,
  part: (state: S) => P,
): StreamFolding<E, P> {
  const partsOf = (states: ReadonlyMap<string, S>) => new Map([...states].map(([id, state]) => [id, part(state)]))
  return {
    steps: async (events, context) =>
      (await folding.steps(events, context)).map(({ id, envelope, before, after }) => ({
        id,
        envelope,
        before: part(before),
        after: part(after),
      })),
    statesAfter: async (ids, events, context) => partsOf(await folding.statesAfter(ids, events, context)),
    statesAt: async (ids, position, context) => partsOf(await folding.statesAt(ids, position, context)),
  }
}

/** Each stream of a batch once, in the order of their first events in it. */
export function movedBy<E extends DomainEvent, S>(steps: readonly Step<E, S>[]): readonly MovedStream<S>[] {
  const moved = new Map<string, MovedStream<S>>()
  for (const { id, envelope, before, after } of steps)
    moved.set(id, { id, version: envelope.version, before: (moved.get(id) ?? { before }).before, after })
  return [...moved.values()]
}

/** The steps of a batch that belong to the events of a part of it. */
export function within<E extends DomainEvent, S>(
  part: readonly RecordedEvent[],
  steps: readonly Step<E, S>[],
): readonly Step<E, S>[] {
  const envelopes = new Set<unknown>(part)
  return steps.filter(({ envelope }) => envelopes.has(envelope))
}

type FoldedStream<S> = { readonly version: number; readonly state: S }

/** The steps of events that the feed shares: those of a frozen envelope never change, and live as long as it does. */
type SharedSteps<E extends DomainEvent, S> = WeakMap<RecordedEvent, Step<E, S>>

type Folding<E extends DomainEvent, S> = {
  readonly states: LruCache<string, FoldedStream<S>>
  readonly batches: WeakMap<readonly RecordedEvent[], Promise<readonly Step<E, S>[]>>
}

const createFolding = <E extends DomainEvent, S>({ streams, events = Infinity }: Most): Folding<E, S> => ({
  states: new LruCache({ maxEntries: streams, maxWeight: events, weigh: ({ version }) => version }),
  batches: new WeakMap(),
})

async function foldBatch<E extends DomainEvent, S>(
  fold: StreamFold<E, S>,
  caches: { readonly states: LruCache<string, FoldedStream<S>>; readonly shared: SharedSteps<E, S> },
  events: readonly RecordedEvent[],
  restored: (id: string, version: number) => Promise<FoldedStream<S> | undefined>,
): Promise<{ readonly steps: readonly Step<E, S>[]; readonly states: ReadonlyMap<string, FoldedStream<S>> }> {
  const ofCategory = events.filter(({ stream }) => parseStream(stream).category === fold.category)
  const firsts = new Map<string, RecordedEvent>()
  for (const recorded of ofCategory) {
    const { id } = parseStream(recorded.stream)
    if (!firsts.has(id)) firsts.set(id, recorded)
  }
  const states = new Map<string, FoldedStream<S>>()
  const missing = new Map<string, number>()
  for (const [id, recorded] of firsts) {
    const version = recorded.version - 1
    const cached = caches.states.get(id)
    const step = caches.shared.get(recorded)
    if (cached?.version === version) states.set(id, cached)
    else if (step) states.set(id, { version, state: step.before })
    else if (version === 0) states.set(id, { version, state: fold.initial })
    else missing.set(id, version)
  }
  for (const [id, read] of await together([...missing.keys()], (each) => restored(each, missing.get(each) ?? 0))) {
    if (!read) continue
    if (read.version !== missing.get(id)) {
      const { category } = fold
      throw new Error(`${category}-${id} ends at version ${read.version}, a batch goes on after ${missing.get(id)}`)
    }
    states.set(id, read)
  }
  const readableEvents = ofCategory.filter(({ stream }) => states.has(parseStream(stream).id))
  const steps = readableEvents.map((recorded) => {
    const { id } = parseStream(recorded.stream)
    const { state } = states.get(id) ?? { state: fold.initial }
    const step = caches.shared.get(recorded) ?? take(fold, id, state, recorded)
    if (Object.isFrozen(recorded)) caches.shared.set(recorded, step)
    states.set(id, { version: recorded.version, state: step.after })
    return step
  })
  return { steps, states }
}

function take<E extends DomainEvent, S>(
  fold: StreamFold<E, S>,
  id: string,
  before: S,
  recorded: RecordedEvent,
): Step<E, S> {
  const envelope = recorded as EventEnvelope<E>
  return { id, envelope, before, after: fold.evolve(before, envelope) }
}

/** The states that are known. */
const statesOf = <S>(states: readonly (readonly [string, S | undefined])[]): ReadonlyMap<string, S> =>
  new Map(states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const])))

/** Runs work for each id, with bounded concurrency. */
async function together<T>(ids: readonly string[], work: (id: string) => Promise<T>): Promise<readonly [string, T][]> {
  const done: [string, T][] = []
  for (let from = 0; from < ids.length; from += readTogether) {
    const some = ids.slice(from, from + readTogether)
    done.push(...(await Promise.all(some.map(async (id): Promise<[string, T]> => [id, await work(id)]))))
  }
  return done
}

/** An event of a ticket, with the ticket's id. */
export type OfTicket = { readonly id: string; readonly envelope: EventEnvelope<TicketEvent> }

/** The events of tickets among a batch, in its order. */
export function ticketEventsIn(events: readonly RecordedEvent[]): readonly OfTicket[] {
  return events.flatMap((envelope) =>
    isOfCategory(envelope, 'ticket') ? [{ id: parseStream(envelope.stream).id, envelope }] : [],
  )
}

type HasEvent = Pick<EventEnvelope, 'event'>

/**
 * The effective history of a stream: if an import was withdrawn and more events follow, only the events after the
 * withdrawal.
 */
export function presentHistory<E extends HasEvent>(history: readonly E[]): readonly E[] {
  const from = history.findLastIndex(({ event }) => event.type === 'TicketImportWithdrawn') + 1
  return from === 0 || from === history.length ? history : history.slice(from)
}

/**
 * The longest prefix of a stream without events after an instant. Where imported times are out of order, an event that
 * is stored behind a later one waits for it, so that the result is always a state that the stream has been in. Events
 * withdrawn with an import count only if nothing has replaced them.
 */
export function historyUntil<E extends HasEvent>(history: readonly E[], at: Instant): readonly E[] {
  const present = presentHistory(history)
  const end = present.findIndex(({ event }) => event.at > at)
  return end < 0 ? present : present.slice(0, end)
}
