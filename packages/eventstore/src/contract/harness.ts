import type { Append, EventCatalogue, EventStore } from '@guichet/domain'

/** What an adapter provides to be put to the contract: stores on one and the same history, initially empty. */
export type Harness = {
  /** Opens a store on the history, reading and writing through a catalogue. The suite closes it. */
  open(catalogue: EventCatalogue): Promise<EventStore>
  /** True where a history has one store that writes, as in memory; else several write to it at once, as processes do. */
  readonly soleWriter?: boolean
  /** Appends, but leaves it uncommitted until `commit` or `rollback`; absent where appends have no duration. */
  appendSlowly?(append: Append): Promise<SlowAppend>
  /** Removes the history. */
  dispose?(): Promise<void>
}

/** An append whose transaction has not ended yet: others see nothing of it, and nothing that was appended after it. */
export type SlowAppend = { commit(): Promise<void>; rollback(): Promise<void> }

/** A part of the contract: registers its tests, which ask for the store while they run. */
export type Clause = (given: {
  store(): EventStore
  harness(): Harness
  /** Makes a harness on a history of its own, which the clause disposes of. */
  another(): Promise<Harness>
}) => void
