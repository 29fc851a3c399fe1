import { z } from 'zod'
import type { Actor } from './actor.ts'
import type { Instant } from './time.ts'

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

/** What the data of each type of event must be, by the type's name. */
type EventSchemas = Readonly<Record<string, z.ZodType<object>>>

/** What each type of command must be, by the type's name. */
type CommandSchemas = Readonly<Record<string, z.ZodObject<{ readonly type: z.ZodLiteral<string> }>>>

/** The data of one type of event; an index signature, which zod infers for no data at all, is left out. */
export type EventData<S extends EventSchemas, T extends keyof S> = {
  readonly [K in keyof z.infer<S[T]> as string extends K ? never : K]: z.infer<S[T]>[K]
}

/** An event of these types, each with its data and what every event carries. */
export type EventOf<S extends EventSchemas, T extends keyof S = keyof S> = {
  [U in T]: EventData<S, U> & { readonly type: U; readonly at: Instant; readonly by: Actor }
}[T]

/** A command of these types, as decided on: defaults are filled in. */
export type CommandOf<S extends CommandSchemas, T extends keyof S = keyof S> = { [U in T]: Readonly<z.infer<S[U]>> }[T]

/** A command as a sender writes it: what has a default may be left out. */
export type CommandInput<S extends CommandSchemas> = { [T in keyof S]: Readonly<z.input<S[T]>> }[keyof S]

/** The part of the event catalogue that these types are, all in their first version. */
export const catalogueOf = (schemas: EventSchemas): EventCatalogue =>
  Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schemaVersion: 1, schema }]))

/** Any command of these types, checked and with its defaults. */
export const anyCommandOf = <S extends CommandSchemas>(schemas: S): z.ZodType<CommandOf<S>, CommandInput<S>> =>
  z.discriminatedUnion('type', Object.values(schemas) as [S[keyof S], ...S[keyof S][]])

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
