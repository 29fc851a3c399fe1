import type {
  Desk,
  DeskWith,
  EventEnvelope,
  GuichetEvent,
  GuichetEventOf,
  OwnAggregates,
  OwnEventOf,
  OwnEventType,
} from '@guichet/domain'

/** From events to commands: an automatic action of the desk in response to events. */
export type Reaction = {
  /** Unique; the checkpoint carries it. */
  readonly name: string
  /** The types of the events that it reacts to: those of the product, and of aggregates of your own. */
  readonly on: readonly string[]
  /** How many of them it processes together. */
  readonly among: number
  /**
   * Reacts to events, never none, in global order. The same events are delivered again after a failure or a crash, and
   * late: commands need ids derived from an event, and the state decides whether there is still something to do. A
   * refusal is an answer. Throwing has the events delivered again after a pause; an event at which it throws again and
   * again is parked, and tried again later, while the reaction goes on with the others.
   */
  react(envelopes: readonly EventEnvelope[], desk: Desk): Promise<void>
  /**
   * Whether the later events of a stream may be processed before a parked one. Without it they are parked behind it, in
   * their order.
   */
  readonly inAnyOrder?: boolean
  /**
   * Whether an error means that something which every event needs does not answer, other than the database: then all
   * events wait for it, and none is parked.
   */
  readonly isOutage?: (error: unknown) => boolean
}

type Options = Pick<Reaction, 'name' | 'inAnyOrder' | 'isOutage'>

/** The types of the events of the product, and of aggregates of your own. */
type AnyEventType<O extends OwnAggregates> = GuichetEvent['type'] | OwnEventType<O>

/** An event of one of these types, of the product or of aggregates of your own. */
type AnyEnvelope<O extends OwnAggregates, T extends string> = EventEnvelope & {
  readonly event: GuichetEventOf<T & GuichetEvent['type']> | OwnEventOf<O, T>
}

/** A definition whose types its callers have checked. */
type AnyDefinition<E> = Options & {
  readonly on: readonly string[]
  readonly aggregates?: OwnAggregates
  react(event: E, desk: never): Promise<void>
}

/**
 * Defines a reaction to one event at a time, whose `react` receives events of its types only.
 * @param definition.aggregates aggregates of your own, by category: their events are reacted to, and the desk has them.
 */
export function reaction<const O extends OwnAggregates, T extends AnyEventType<O>>(
  definition: Options & {
    readonly aggregates: O
    readonly on: readonly T[]
    react(envelope: AnyEnvelope<O, T>, desk: DeskWith<O>): Promise<void>
  },
): Reaction
/** As above, to events of the product alone. */
export function reaction<T extends GuichetEvent['type']>(
  definition: Options & {
    readonly on: readonly T[]
    react(envelope: EventEnvelope<GuichetEventOf<T>>, desk: Desk): Promise<void>
  },
): Reaction
/** As above. */
export function reaction({ react, aggregates: _, ...definition }: AnyDefinition<EventEnvelope<never>>): Reaction {
  const each = async (envelopes: readonly EventEnvelope<never>[], desk: never): Promise<void> => {
    for (const envelope of envelopes) await react(envelope, desk)
  }
  return { ...definition, among: 1, react: each }
}

/**
 * Defines a reaction to many events at once, of its types only.
 * @param definition.aggregates aggregates of your own, as in `reaction`.
 */
export function reactionToMany<const O extends OwnAggregates, T extends AnyEventType<O>>(
  definition: Options & {
    readonly aggregates: O
    readonly on: readonly T[]
    readonly among: number
    react(envelopes: readonly AnyEnvelope<O, T>[], desk: DeskWith<O>): Promise<void>
  },
): Reaction
/** As above, to events of the product alone. */
export function reactionToMany<T extends GuichetEvent['type']>(
  definition: Options & {
    readonly on: readonly T[]
    readonly among: number
    react(envelopes: readonly EventEnvelope<GuichetEventOf<T>>[], desk: Desk): Promise<void>
  },
): Reaction
/** As above. */
export function reactionToMany({
  aggregates: _,
  ...definition
}: AnyDefinition<readonly EventEnvelope<never>[]> & { readonly among: number }): Reaction {
  return definition
}
