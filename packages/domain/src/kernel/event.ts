import type { Actor } from './actor.ts'
import type { Instant } from './instant.ts'

/** A fact in the past tense: what happened, when, and who caused it. */
export type DomainEvent = { readonly type: string; readonly at: Instant; readonly by: Actor }

/** A place in the global order of all events. Opaque: only the store that made it can compare it. */
export type Position = string & { readonly __brand: 'Position' }

/** `<category>-<id>`, such as `ticket-01J9Z…`: the category ends at the first hyphen. */
export type StreamName = string

/**
 * An event as the store keeps it. `version` counts a stream's events from 1, without gaps; `event.at` is when it
 * happened, `recordedAt` when it was stored (they differ for imported history).
 */
export type EventEnvelope<E extends DomainEvent = DomainEvent> = {
  readonly event: E
  /** `<stream>/<version>`: unique over all streams, and the same whenever the event is read. */
  readonly id: string
  readonly stream: StreamName
  readonly version: number
  readonly position: Position
  readonly recordedAt: Instant
  readonly commandId: string
  readonly correlationId: string
  readonly causationId: string
  readonly schemaVersion: number
}

/** The name of a stream: `<category>-<id>`; the category must hold no hyphen. */
export const streamName = (category: string, id: string): StreamName => `${category}-${id}`

/** Splits a stream's name at its first hyphen. */
export function parseStream(stream: StreamName): { readonly category: string; readonly id: string } {
  const hyphen = stream.indexOf('-')
  return hyphen < 0 ? { category: stream, id: '' } : { category: stream.slice(0, hyphen), id: stream.slice(hyphen + 1) }
}
