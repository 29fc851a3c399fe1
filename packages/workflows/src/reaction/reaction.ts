import type { Desk, EventEnvelope, GuichetEvent } from '@guichet/domain'

type EventTyped<T extends GuichetEvent['type']> = Extract<GuichetEvent, { readonly type: T }>

/** From events to commands: what the desk does of its own accord because something has happened. */
export type Reaction = {
  /** Unique; the checkpoint carries it. */
  readonly name: string
  /** The types of the events that it reacts to. */
  readonly on: readonly GuichetEvent['type'][]
  /**
   * Reacts to one event, in global order. The same event comes again after a failure or a crash, and late: commands
   * need ids derived from the event, and the state decides whether there is still something to do. A refusal is an
   * answer; throwing makes the event come again after a pause, and those behind it wait.
   */
  react(envelope: EventEnvelope<GuichetEvent>, desk: Desk): Promise<void>
}

/** Defines a reaction whose `react` sees events of its types only. */
export function reaction<T extends GuichetEvent['type']>(definition: {
  readonly name: string
  readonly on: readonly T[]
  react(envelope: EventEnvelope<EventTyped<T>>, desk: Desk): Promise<void>
}): Reaction {
  return definition
}
