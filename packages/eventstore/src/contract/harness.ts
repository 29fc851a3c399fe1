import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Actor, Append, DomainEvent, EventCatalogue, EventStore, ExpectedVersion, Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'

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

/** A catalogue that has never heard of `AmountSet`. */
export const catalogueWithoutAmounts: EventCatalogue = { NoteTaken: sampleCatalogue['NoteTaken']! }

type NoteTaken = DomainEvent & { readonly type: 'NoteTaken'; readonly text: string }

export const sampleActor: Actor = { kind: 'agent', id: 'agent-7', name: 'Zoë' }
export const sampleInstant: Instant = instant('2026-03-29T00:30:00.123Z')

/** An event of the sample catalogue, by the sample actor at the sample instant. */
export const note = (text: string): NoteTaken => ({ type: 'NoteTaken', at: sampleInstant, by: sampleActor, text })

/** A stream's name that no other test uses. */
export const newStream = (category = 'note'): string => `${category}-${randomUUID()}`

/** An append of notes with a command id of its own. */
export function notes(
  stream: string,
  expectedVersion: ExpectedVersion,
  ...texts: readonly string[]
): Append<NoteTaken> {
  return { stream, expectedVersion, commandId: randomUUID(), events: texts.map(note) }
}
