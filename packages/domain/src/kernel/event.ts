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
 * An event as stored. `version` counts a stream's events from 1, without gaps; `event.at` is when it happened,
 * `recordedAt` when it was stored (they differ for imported history).
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

/** The longest name of a stream, in characters: those of a category and of the id of a person. */
export const streamNameLength = 256

/** The longest id of an event, in characters: the name of its stream, a slash and its version. */
export const eventIdLength = streamNameLength + 17

/** The name of a stream: `<category>-<id>`; the category must hold no hyphen. */
export const streamName = (category: string, id: string): StreamName => `${category}-${id}`

/** Splits a stream's name at its first hyphen. */
export function parseStream(stream: StreamName): { readonly category: string; readonly id: string } {
  const hyphen = stream.indexOf('-')
  return hyphen < 0 ? { category: stream, id: '' } : { category: stream.slice(0, hyphen), id: stream.slice(hyphen + 1) }
}

/** The name of a stream of one of these categories, each with the schema of its ids. */
export const streamOf = (ids: Readonly<Record<string, z.ZodType<string>>>) =>
  z.string().refine(
    (stream) => {
      const { category, id } = parseStream(stream)
      return Object.hasOwn(ids, category) && ids[category]?.safeParse(id).success === true
    },
    { message: `must be the name of a stream of the category ${Object.keys(ids).join(' or ')}`, abort: true },
  )

/**
 * The person that a field is about: a customer or an agent that the event or its stream names, a watcher of the ticket,
 * or the actor of the event.
 */
export type DataSubject = 'customer' | 'agent' | 'watcher' | 'author'

/**
 * The paths to a value's fields, five levels deep at most: names joined by dots, `*` for the entries of a list or a
 * record.
 */
export type PathOf<D, Depth extends readonly unknown[] = []> = Depth['length'] extends 5
  ? never
  : D extends string | number | boolean | null | undefined
    ? never
    : D extends readonly (infer E)[]
      ? Below<'*', E, Depth>
      : string extends keyof D
        ? Below<'*', D[keyof D], Depth>
        : { [K in keyof D & string]: Below<K, D[K], Depth> }[keyof D & string]

type Below<K extends string, V, Depth extends readonly unknown[]> = K | `${K}.${PathOf<V, [...Depth, 0]>}`

/**
 * The fields of an event that are personal data, by their paths, each with its data subject. The path of an object
 * covers all its fields.
 */
export type PersonalFields<D> = { readonly [P in PathOf<D>]?: DataSubject | readonly DataSubject[] }

/**
 * A description of what an event changed: `why` it happened, the text that was `said`, and further lines in `shows`.
 */
export type Description = {
  readonly what: string
  readonly why?: string | undefined
  readonly said?: string | undefined
  readonly shows?: readonly string[] | undefined
}

/**
 * One type of event in history. `schema` describes the data of the present version: every field of the event but
 * `type`, `at` and `by`. `upcasts[n]` turns data of version n into data of version n + 1.
 */
export type EventType = {
  readonly schemaVersion: number
  readonly schema: z.ZodType<object>
  readonly upcasts?: Readonly<Record<number, (data: unknown) => unknown>>
}

/** Every type of event that a store may contain, by its name. */
export type EventCatalogue = Readonly<Record<string, EventType>>

/**
 * The definition of one type of event, whatever its aggregate; aggregates add cells of their own. `schemaVersion` is 1
 * by default. `personal` names fields of the data; `by` is personal in every event.
 */
export type EventDefinition<S extends z.ZodType<object> = z.ZodType<object>> = Pick<EventType, 'upcasts'> &
  Partial<Pick<EventType, 'schemaVersion'>> & { readonly schema: S; readonly personal: PersonalFields<z.infer<S>> }

/** The definition of an event in the form of the catalogue. */
export const defineEvent = <S extends z.ZodType<object>>(
  definition: EventDefinition<S>,
): EventDefinition<S> & { readonly schemaVersion: number } => ({ schemaVersion: 1, ...definition })

/** The definitions of an aggregate's events, by the names of their types. */
type EventDefinitions = Readonly<Record<string, { readonly schema: z.ZodType<object> }>>

/** The data of a schema; the index signature that zod infers for empty data is left out. */
export type DataOf<S extends z.ZodType<object>> = {
  readonly [K in keyof z.infer<S> as string extends K ? never : K]: z.infer<S>[K]
}

/** The fields of every event, beside its data. */
type EventBase<T extends string> = { readonly type: T; readonly at: Instant; readonly by: Actor }

/** The data of one type of event. */
export type EventData<D extends EventDefinitions, T extends keyof D> = DataOf<D[T]['schema']>

/** An event of these types: its data with the fields of every event. */
export type EventOf<D extends EventDefinitions, T extends keyof D = keyof D> = {
  [U in T & string]: EventData<D, U> & EventBase<U>
}[T & string]

/** Makes events of these types from commands, with the moment and the sender of each. */
export const eventsFrom =
  <D extends EventDefinitions>() =>
  <T extends keyof D & string>(
    type: T,
    { at, by }: Pick<DomainEvent, 'at' | 'by'>,
    data: EventData<D, T>,
  ): EventOf<D, T> => ({ type, at, by, ...data })

/** One cell of every definition, by the name of its type. */
export const column = <D extends Readonly<Record<string, object>>, K extends keyof D[keyof D]>(
  definitions: D,
  cell: K,
): { readonly [T in keyof D]: D[T][K] } =>
  Object.fromEntries(
    Object.entries(definitions).map(([type, definition]) => [type, (definition as D[keyof D])[cell]]),
  ) as { [T in keyof D]: D[T][K] }

/** A function of events by what it is for each of their types: a function of the event, or a value. */
export const byType =
  <E extends DomainEvent, T, R extends readonly unknown[] = []>(
    cells: Readonly<Record<string, T | ((event: never, ...rest: R) => T)>>,
  ) =>
  (event: E, ...rest: R): T => {
    const cell = lookUp(cells, event.type)
    return typeof cell === 'function' ? (cell as (event: E, ...rest: R) => T)(event, ...rest) : cell
  }

/** An event split up for storage: the fields that every event has, and the data of its own type. */
export type StoredEvent = {
  readonly type: string
  readonly schemaVersion: number
  readonly at: Instant
  readonly by: Actor
  readonly data: unknown
}

/**
 * Thrown for history that cannot be read: an unknown type, a version from the future, or data that breaks its schema.
 */
export class CorruptHistory extends Error {
  override readonly name = 'CorruptHistory'
  /** When the event was stored, UTC, where that can be told. */
  readonly recordedAt: Instant | undefined
  constructor(message: string, recordedAt?: Instant, options?: ErrorOptions) {
    super(message, options)
    this.recordedAt = recordedAt
  }
}

/** A stream was deleted from the store, whole or in part: what is left of it can be neither read nor continued. */
export class StreamDeleted extends Error {
  override readonly name: string = 'StreamDeleted'
  /** The stream that was deleted. */
  readonly stream: string
  constructor(
    stream: string,
    message = `the stream ${stream} was deleted from the event store: it can be neither read nor written again`,
  ) {
    super(message)
    this.stream = stream
  }
}

/** Returns what `otherwise` makes of it where work fails at a stream that was deleted: any, or the one that is named. */
export const unlessDeleted = <T, U>(
  work: Promise<T>,
  otherwise: (deleted: StreamDeleted) => U | PromiseLike<U>,
  stream?: StreamName,
): Promise<T | U> =>
  work.catch((error: unknown) => {
    if (error instanceof StreamDeleted && (stream === undefined || error.stream === stream)) return otherwise(error)
    throw error
  })

/**
 * Splits an event up for storage and checks it against its schema.
 * @throws CorruptHistory when the catalogue does not know the type or the data breaks the schema: nothing unreadable is
 * stored.
 */
export function encodeEvent(catalogue: EventCatalogue, event: DomainEvent): StoredEvent {
  const { type, at, by, ...data } = event
  const eventType = lookUp(catalogue, type)
  return { type, schemaVersion: eventType.schemaVersion, at, by, data: parse(type, eventType, data) }
}

/**
 * Restores a stored event, upcast to the present version and checked.
 * @param recordedAt when it was stored, for the error.
 * @throws CorruptHistory as `encodeEvent` does, and for a version newer than the catalogue's or without an upcaster.
 */
export function decodeEvent(catalogue: EventCatalogue, stored: StoredEvent, recordedAt?: Instant): DomainEvent {
  try {
    return decode(catalogue, stored)
  } catch (error) {
    if (recordedAt === undefined || !(error instanceof CorruptHistory)) throw error
    throw new CorruptHistory(error.message, recordedAt, { cause: error })
  }
}

function decode(catalogue: EventCatalogue, stored: StoredEvent): DomainEvent {
  const eventType = lookUp(catalogue, stored.type)
  if (stored.schemaVersion > eventType.schemaVersion) {
    throw new CorruptHistory(
      `${stored.type} has version ${stored.schemaVersion}, newer than the ${eventType.schemaVersion} known here`,
    )
  }
  let data = stored.data
  for (let version = stored.schemaVersion; version < eventType.schemaVersion; version++) {
    const upcast = eventType.upcasts?.[version]
    if (!upcast) throw new CorruptHistory(`${stored.type} has no upcaster from version ${version}`)
    data = upcast(data)
  }
  return { type: stored.type, at: stored.at, by: stored.by, ...parse(stored.type, eventType, data) }
}

function lookUp<T>(table: Readonly<Record<string, T>>, type: string): T {
  const cell = Object.hasOwn(table, type) ? table[type] : undefined
  if (cell === undefined) throw new CorruptHistory(`unknown event type ${type}`)
  return cell
}

function parse(type: string, eventType: EventType, data: unknown): object {
  const parsed = eventType.schema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CorruptHistory(`${type} breaks its schema at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`)
}
