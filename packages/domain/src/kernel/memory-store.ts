import type {
  Append,
  AppendOutcome,
  EventStore,
  ExpectedVersion,
  FirstOutcome,
  SnapshotStore,
  StoredSnapshot,
} from './event-store.ts'
import type { EventCatalogue, EventEnvelope, Position, StoredEvent, StreamName } from './event.ts'
import { decodeEvent, encodeEvent } from './event.ts'
import type { Instant } from './time.ts'

/** An event as the in-memory store keeps it: its envelope, with the fields of the event beside it. */
export type MemoryEvent = Omit<EventEnvelope, 'event' | 'schemaVersion'> & {
  readonly stored: StoredEvent
  readonly fingerprint?: string
}

const identities = new WeakMap<readonly MemoryEvent[], string>()
let logs = 0

/** Stores on one log share its identity. */
function identityOf(log: readonly MemoryEvent[]): string {
  const identity = identities.get(log) ?? `memory-${++logs}`
  identities.set(log, identity)
  return identity
}

const snapshotsOf = new WeakMap<readonly MemoryEvent[], Map<StreamName, string>>()

/** Stores on one log share its snapshots, which they hold as JSON. */
function snapshotsIn(log: readonly MemoryEvent[]): SnapshotStore {
  const texts = snapshotsOf.get(log) ?? new Map<StreamName, string>()
  snapshotsOf.set(log, texts)
  const read = (stream: StreamName): StoredSnapshot | undefined => {
    const text = texts.get(stream)
    return text === undefined ? undefined : (JSON.parse(text) as StoredSnapshot)
  }
  return {
    load: async (stream) => read(stream),
    save: async (stream, snapshot) => {
      const storedSnapshot = read(stream)
      const isOlder = storedSnapshot?.fold === snapshot.fold && storedSnapshot.version >= snapshot.version
      if (!isOlder) texts.set(stream, JSON.stringify(snapshot))
    },
  }
}

type Stream = { readonly events: MemoryEvent[]; readonly outcomes: Map<string, FirstOutcome> }

/**
 * An event store in memory, for tests and for embedding without a database: the whole contract except durability.
 * It holds events in their stored form, so that reading goes through the catalogue as it would from a database.
 */
export function inMemoryStore(options: {
  readonly catalogue: EventCatalogue
  /** The clock for `recordedAt`; without it each event is recorded at the moment it happened. */
  readonly now?: () => Instant
  /** History to start with: the log of another in-memory store. */
  readonly log?: MemoryEvent[]
  /** The identity of the history; by default one that no other log in this process has. */
  readonly identity?: string
}): EventStore & { readonly log: MemoryEvent[]; readonly snapshots: SnapshotStore } {
  const { catalogue, now, log = [] } = options
  const identity = options.identity ?? identityOf(log)
  const streams = new Map<StreamName, Stream>()
  for (const entry of log) index(streams, entry)
  const wakers = new Set<() => void>()

  const written = (stream: StreamName, commandId: string): FirstOutcome | undefined =>
    streams.get(stream)?.outcomes.get(commandId)

  const append = ({
    stream,
    expectedVersion,
    commandId,
    fingerprint,
    correlationId,
    causationId,
    events,
  }: Append): AppendOutcome => {
    if (events.length === 0) throw new RangeError('an append needs at least one event')
    const first = written(stream, commandId)
    if (first) return { kind: 'duplicate', ...first }
    const actualVersion = streams.get(stream)?.events.length ?? 0
    if (!matchesVersion(expectedVersion, actualVersion)) return { kind: 'conflict', actualVersion }
    const encoded = events.map((event) => encodeEvent(catalogue, event))
    for (const [ordinal, stored] of encoded.entries()) {
      const version = actualVersion + ordinal + 1
      const entry: MemoryEvent = {
        stored,
        id: `${stream}/${version}`,
        stream,
        version,
        position: String(log.length + 1) as Position,
        recordedAt: now?.() ?? stored.at,
        commandId,
        correlationId: correlationId ?? commandId,
        causationId: causationId ?? commandId,
        ...(fingerprint !== undefined && { fingerprint }),
      }
      log.push(entry)
      index(streams, entry)
    }
    for (const wake of wakers) void Promise.resolve().then(wake)
    return { kind: 'appended', version: actualVersion + events.length, position: String(log.length) as Position }
  }

  const open = ({ stored, fingerprint: _, ...rest }: MemoryEvent): EventEnvelope => ({
    event: decodeEvent(catalogue, stored, rest.recordedAt),
    schemaVersion: stored.schemaVersion,
    ...rest,
  })

  return {
    log,
    append: async (request) => append(request),
    readStream: async (stream, from = 1, limit = Infinity) =>
      (streams.get(stream)?.events ?? []).slice(from - 1, from - 1 + limit).map(open),
    readAll: async ({ after, limit, maxBytes = Infinity }) => {
      const page: EventEnvelope[] = []
      let bytes = 0
      for (let at = Number(after ?? 0); page.length < limit && bytes < maxBytes; at++) {
        const entry = log[at]
        if (!entry) break
        if (maxBytes < Infinity) bytes += JSON.stringify(entry.stored.data).length
        page.push(open(entry))
      }
      return page
    },
    findCommand: async (stream, commandId) => written(stream, commandId),
    onAppended: (wake) => {
      wakers.add(wake)
      return () => void wakers.delete(wake)
    },
    isPosition: (text): text is Position => /^\d{1,15}$/.test(text),
    isAhead: async (position) => Number(position) > log.length,
    comparePositions: (a, b) => Number(a) - Number(b),
    head: async () => log.at(-1)?.position,
    identity: async () => identity,
    snapshots: snapshotsIn(log),
    close: async () => wakers.clear(),
  }
}

/** Whether a stream at version `actual` (0 when it does not exist) meets the writer's expectation. */
export function matchesVersion(expected: ExpectedVersion, actual: number): boolean {
  if (expected === 'any') return true
  if (expected === 'no_stream') return actual === 0
  if (expected === 'stream_exists') return actual > 0
  return actual === expected
}

function index(streams: Map<StreamName, Stream>, entry: MemoryEvent): void {
  const stream = streams.get(entry.stream) ?? { events: [], outcomes: new Map<string, FirstOutcome>() }
  streams.set(entry.stream, stream)
  stream.events.push(entry)
  const { version, position, fingerprint } = entry
  stream.outcomes.set(entry.commandId, { version, position, ...(fingerprint !== undefined && { fingerprint }) })
}
