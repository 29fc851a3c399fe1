import type { Desk, EventEnvelope, GuichetEvent, GuichetEventOf } from '@guichet/domain'

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
  react(envelopes: readonly EventEnvelope<GuichetEvent>[], desk: Desk): Promise<void>
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

type Options = Pick<Reaction, 'inAnyOrder' | 'isOutage'>

/** Defines a reaction to one event at a time, whose `react` receives events of its types only. */
export function reaction<T extends GuichetEvent['type']>({
  react,
  ...definition
}: Options & {
  readonly name: string
  readonly on: readonly T[]
  react(envelope: EventEnvelope<GuichetEventOf<T>>, desk: Desk): Promise<void>
}): Reaction {
  const each = async (envelopes: readonly EventEnvelope<GuichetEventOf<T>>[], desk: Desk): Promise<void> => {
    for (const envelope of envelopes) await react(envelope, desk)
  }
  return { ...definition, among: 1, react: each }
}

/** Defines a reaction to many events at once, of its types only. */
export function reactionToMany<T extends GuichetEvent['type']>(
  definition: Options & {
    readonly name: string
    readonly on: readonly T[]
    readonly among: number
    react(envelopes: readonly EventEnvelope<GuichetEventOf<T>>[], desk: Desk): Promise<void>
  },
): Reaction {
  return definition
}
