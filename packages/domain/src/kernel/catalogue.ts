import type { z } from 'zod'
import type { Actor } from './actor.ts'
import type { DomainEvent } from './event.ts'
import type { Instant } from './instant.ts'

/**
 * One type of event as history knows it. `schema` describes the data of today's version: everything of the event but
 * `type`, `at` and `by`. `upcasts[n]` turns data of version n into data of version n + 1.
 */
export type EventType = {
  readonly schemaVersion: number
  readonly schema: z.ZodType<object>
  readonly upcasts?: Readonly<Record<number, (data: unknown) => unknown>>
}

/** Every type of event that a store may hold, by its name. */
export type EventCatalogue = Readonly<Record<string, EventType>>

/** An event taken apart for storage: the facts every event has, and the data of its own type. */
export type StoredEvent = {
  readonly type: string
  readonly schemaVersion: number
  readonly at: Instant
  readonly by: Actor
  readonly data: unknown
}

/** History that cannot be read: an unknown type, a version from the future, or data that breaks its schema. */
export class CorruptHistory extends Error {
  override readonly name = 'CorruptHistory'
}

/**
 * Takes an event apart, checked against its schema.
 * @throws CorruptHistory when the catalogue does not know the type or the data breaks the schema: nothing unreadable is stored.
 */
export function encodeEvent(catalogue: EventCatalogue, event: DomainEvent): StoredEvent {
  const { type, at, by, ...data } = event
  const known = lookUp(catalogue, type)
  return { type, schemaVersion: known.schemaVersion, at, by, data: parse(type, known, data) }
}

/**
 * Puts a stored event together again, upcast to today's version and checked.
 * @throws CorruptHistory as `encodeEvent` does, and for a version newer than the catalogue's or without an upcaster.
 */
export function decodeEvent(catalogue: EventCatalogue, stored: StoredEvent): DomainEvent {
  const known = lookUp(catalogue, stored.type)
  if (stored.schemaVersion > known.schemaVersion) {
    throw new CorruptHistory(
      `${stored.type} has version ${stored.schemaVersion}, newer than the ${known.schemaVersion} known here`,
    )
  }
  let data = stored.data
  for (let version = stored.schemaVersion; version < known.schemaVersion; version++) {
    const upcast = known.upcasts?.[version]
    if (!upcast) throw new CorruptHistory(`${stored.type} has no upcaster from version ${version}`)
    data = upcast(data)
  }
  return { type: stored.type, at: stored.at, by: stored.by, ...parse(stored.type, known, data) }
}

function lookUp(catalogue: EventCatalogue, type: string): EventType {
  const known = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined
  if (!known) throw new CorruptHistory(`unknown event type ${type}`)
  return known
}

function parse(type: string, known: EventType, data: unknown): object {
  const parsed = known.schema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CorruptHistory(`${type} breaks its schema at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`)
}
