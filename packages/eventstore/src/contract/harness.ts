import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Actor, Append, DomainEvent, EventCatalogue, EventStore, ExpectedVersion, Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'

/** The stores of an adapter under test, all on the same history, which is empty at first. */
export type Harness = {
  /** Opens a store on the history, reading and writing through a catalogue. The suite closes it. */
  open(catalogue: EventCatalogue): Promise<EventStore>
  /**
   * True where only one store writes to a history, as in memory; otherwise several write to it at once, as processes
   * do.
   */
  readonly soleWriter?: boolean
  /** Appends, but leaves it uncommitted until `commit` or `rollback`; absent where appends have no duration. */
  appendSlowly?(append: Append): Promise<SlowAppend>
  /** Removes the history. */
  dispose?(): Promise<void>
}

/** An append whose transaction has not ended yet: others see neither it nor anything that was appended after it. */
export type SlowAppend = { commit(): Promise<void>; rollback(): Promise<void> }

/** A part of the contract: registers its tests, which request the store while they run. */
export type Clause = (given: {
  store(): EventStore
  harness(): Harness
  /** Creates a harness with a new history, which the clause disposes of. */
  another(): Promise<Harness>
}) => void

/** The events that the contract suite writes: one plain type, and one whose first version had another shape. */
export const sampleCatalogue: EventCatalogue = {
  NoteTaken: { schemaVersion: 1, schema: z.object({ text: z.string().max(10_000) }) },
  AmountSet: {
    schemaVersion: 2,
    schema: z.object({ cents: z.int() }),
    upcasts: { 1: (data) => ({ cents: Math.round(z.object({ euros: z.number() }).parse(data).euros * 100) }) },
  },
}

/** The catalogue as it was before `AmountSet` changed its shape. */
export const earlierCatalogue: EventCatalogue = {
  ...sampleCatalogue,
  AmountSet: { schemaVersion: 1, schema: z.object({ euros: z.number() }) },
}

/** A catalogue that does not know `AmountSet`. */
export const catalogueWithoutAmounts: EventCatalogue = { NoteTaken: sampleCatalogue['NoteTaken']! }

type NoteTaken = DomainEvent & { readonly type: 'NoteTaken'; readonly text: string }

/** Who has caused the events of the suite. */
export const sampleActor: Actor = { kind: 'agent', id: 'agent-7', name: 'Zoë' }
/** When they happened: half an hour before the clocks of Europe change. */
export const sampleInstant: Instant = instant('2026-03-29T00:30:00.123Z')

/** An event of the sample catalogue, by the sample actor at the sample instant. */
export const note = (text: string): NoteTaken => ({ type: 'NoteTaken', at: sampleInstant, by: sampleActor, text })

/** A stream name that no other test uses. */
export const newStream = (category = 'note'): string => `${category}-${randomUUID()}`

/** An append of notes with its own command id. */
export function notes(
  stream: string,
  expectedVersion: ExpectedVersion,
  ...texts: readonly string[]
): Append<NoteTaken> {
  return { stream, expectedVersion, commandId: randomUUID(), events: texts.map(note) }
}
