import type { Actor, Append, DomainEvent, EventCatalogue, ExpectedVersion, Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'

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

export type NoteTaken = DomainEvent & { readonly type: 'NoteTaken'; readonly text: string }

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
