import type { Append, EventCatalogue, EventStore } from '@guichet/domain'

/** What an adapter provides to be put to the contract: stores on one and the same history, initially empty. */
export type Harness = {
  /** Opens a store on the history, reading and writing through a catalogue. The suite closes it. */
  open(catalogue: EventCatalogue): Promise<EventStore>
  /** Appends, but leaves it uncommitted until `commit`; absent where appends have no duration. */
  appendSlowly?(append: Append): Promise<{ commit(): Promise<void> }>
  /** Removes the history. */
  dispose?(): Promise<void>
}

/** A part of the contract: registers its tests, which ask for the store while they run. */
export type Clause = (given: { store(): EventStore; harness(): Harness }) => void
