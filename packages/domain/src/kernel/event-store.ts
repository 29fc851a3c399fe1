import type { DomainEvent, EventEnvelope, Position, StreamName } from './event.ts'

/** The condition on a stream for an append to succeed. A number is the exact version; 0 is the same as `no_stream`. */
export type ExpectedVersion = 'any' | 'no_stream' | 'stream_exists' | number

/** The events of one command, for one stream. All are stored, or none. */
export type Append<E extends DomainEvent = DomainEvent> = {
  readonly stream: StreamName
  readonly expectedVersion: ExpectedVersion
  /** Unique within its stream; sending it again answers `duplicate` with the first outcome. At most 200 characters. */
  readonly commandId: string
  /**
   * Distinguishes a repeat of the command from another command under the same id; stored with the first outcome. At
   * most 64 characters.
   */
  readonly fingerprint?: string | undefined
  /** Groups everything that one request caused; the command id by default. */
  readonly correlationId?: string | undefined
  /** The event or command that led to this one; the command id by default. */
  readonly causationId?: string | undefined
  readonly events: readonly E[]
}

/** Where a command's events ended: the stream's version after the last one, and that event's global position. */
export type StreamPoint = { readonly version: number; readonly position: Position }

/** The outcome of a command when it was first carried out, and its fingerprint then. */
export type FirstOutcome = StreamPoint & { readonly fingerprint?: string | undefined }

/**
 * `duplicate` outranks `conflict`: a repeated command gets its first outcome even if the stream has a newer version.
 * The outcome is `appended` only when the events are durable. `too_large`: the events are larger together than the store
 * takes in one append, and nothing was stored.
 */
export type AppendOutcome =
  | ({ readonly kind: 'appended' } & StreamPoint)
  | ({ readonly kind: 'duplicate' } & FirstOutcome)
  | { readonly kind: 'conflict'; readonly actualVersion: number }
  | { readonly kind: 'too_large'; /** In bytes. */ readonly limit: number }

/** Which events of the global order a read returns: those after a position, within bounds. */
export type ReadAll = {
  readonly after?: Position | undefined
  readonly limit: number
  /**
   * About how many bytes the events of a page may have together; the event that reaches the limit is the last. The
   * store may count bytes in its own way, but the texts of a page that was cut by this limit have at least an eighth as
   * many characters.
   */
  readonly maxBytes?: number
}

/** A snapshot as it is stored. */
export type StoredSnapshot = {
  readonly version: number
  /** The position of the event with this version: a snapshot of another history is not read. */
  readonly position: Position
  readonly fold: string
  /** Plain JSON. */
  readonly state: unknown
}

/**
 * The snapshots of long streams: at most one a stream. They are only a shortcut: any of them may be missing or removed
 * at any time, and nothing that goes wrong with one is an error.
 */
export interface SnapshotStore {
  /** Undefined when there is none, or it cannot be read. */
  load(stream: StreamName): Promise<StoredSnapshot | undefined>
  /** Replaces an older snapshot of the stream, or one of another fold. Never rejects. */
  save(stream: StreamName, snapshot: StoredSnapshot): Promise<void>
}

/**
 * The port of every event store; `@guichet/eventstore/contract` holds the suite that each adapter passes. Order:
 * `readAll` yields events in one global order in which each stream's versions ascend; an event never appears before a
 * position that a reader has already passed. Durability: an acknowledged append survives any crash.
 */
export interface EventStore {
  /** Appends the events of one command; concurrent appends of one process may be written together. */
  append(append: Append): Promise<AppendOutcome>
  /**
   * The events of one stream from version `from` (default 1) on, at most `limit`; fewer only at the stream's end. A
   * stream that does not exist is empty.
   */
  readStream(stream: StreamName, from?: number, limit?: number): Promise<readonly EventEnvelope[]>
  /**
   * Up to `limit` events after a position (from the start without one), in global order. Fewer only at the current end,
   * or where they reach `maxBytes`; at least one, if there is any.
   */
  readAll(request: ReadAll): Promise<readonly EventEnvelope[]>
  /** The first outcome of a command on a stream, if it stored events there. */
  findCommand(stream: StreamName, commandId: string): Promise<FirstOutcome | undefined>
  /**
   * Calls `wake` soon after new events may have become readable, until the returned function is called. This is a hint:
   * it may come early, late, without cause, or not at all; readers also poll with back-off.
   */
  onAppended(wake: () => void): () => void
  /** Whether a text from outside has the form of this store's positions; it may lie beyond the last event. */
  isPosition(text: string): text is Position
  /** Whether a position lies beyond everything written so far, readable or not: the store has never given it out. */
  isAhead(position: Position): Promise<boolean>
  /** Negative, zero or positive as `a` is before, at or after `b`. */
  comparePositions(a: Position, b: Position): number
  /** The position of the last readable event; undefined when there is none. */
  head(): Promise<Position | undefined>
  /**
   * Identifies this history: written once, when the first store was opened on it, and the same for every later store on
   * it. A copy in another store has an identity of its own; a restored backup keeps the one it had.
   */
  identity(): Promise<string>
  /** The snapshots of long streams; without them a long stream is read whole by each process that first uses it. */
  readonly snapshots?: SnapshotStore
  /** Waits for appends under way, then releases the adapter's resources. */
  close(): Promise<void>
}

/**
 * The number of events on the first page of a stream, the most on a later page, and roughly the characters of a page.
 */
const pages = { first: 32, most: 512, characters: 2_000_000 } as const

/**
 * The events of a stream from one version to another, in pages that use bounded memory however long its texts are. Most
 * streams are one page; in a longer one the size of each page follows from the texts of the page before.
 */
export async function* readInPages(
  store: Pick<EventStore, 'readStream'>,
  stream: StreamName,
  from = 1,
  to = Infinity,
): AsyncGenerator<readonly EventEnvelope[], void, undefined> {
  let most = pageLimitAfter([])
  for (let next = from; next <= to;) {
    const limit = Math.min(most, to - next + 1)
    const page = await store.readStream(stream, next, limit)
    const last = page.at(-1)
    if (last) yield page
    if (!last || page.length < limit) return
    next = last.version + 1
    most = pageLimitAfter(page)
  }
}

/** How many events the next page may have, given the page before it; a first page, given none, has few. */
export function pageLimitAfter(page: readonly EventEnvelope[]): number {
  if (page.length === 0) return pages.first
  const characters = page.reduce((sum, { event }) => sum + charactersOf(event), 0) / page.length
  return Math.min(pages.most, Math.max(pages.first, Math.floor(pages.characters / characters)))
}

/** The approximate length of an event in characters: its own texts, and an allowance for the rest. */
export function charactersOf(event: object): number {
  let characters = 100
  for (const value of Object.values(event)) characters += typeof value === 'string' ? value.length : 20
  return characters
}

/**
 * The end of the log as a process reads it. An observer gets every event that is stored after it has begun, once, in
 * global order, and before any other consumer of the process does. The log is read while there are other consumers.
 */
export type LogTail = {
  observe(observer: LogObserver): LogObservation
}

/** Neither method may throw. */
export type LogObserver = {
  /** From now on every event is observed; called again after a gap. */
  began(): void
  observed(events: readonly EventEnvelope[]): void
}

/** The subscription of an observer, until it is stopped. */
export type LogObservation = {
  /** Whether all that was stored until shortly before now has been observed: two seconds at most. */
  isCurrent(): boolean
  stop(): void
}
