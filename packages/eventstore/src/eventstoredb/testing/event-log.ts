/** An event as a writer proposes it. */
export type Proposed = {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/** An event in the log; `position` is where its record begins, in bytes, as commit and as prepare position. */
export type Logged = Proposed & {
  readonly stream: string
  readonly revision: number
  readonly position: bigint
  readonly createdMs: number
}

/** The version that a writer expects of a stream: a state of it, or the revision of its last event, from 0. */
export type Expected = 'any' | 'no_stream' | 'stream_exists' | number

/** The answer to a write, with the revision and position of its last event. */
export type Appended =
  | { readonly kind: 'stored' | 'already_stored'; readonly revision: number; readonly position: bigint }
  | { readonly kind: 'wrong_version'; readonly actual: number | undefined }
  | { readonly kind: 'deleted' }

/** The log of a server in memory: one sequence of records, in which every stream is numbered from 0. */
export type EventLog = {
  readonly all: readonly Logged[]
  /** The index in `all` of the event whose record begins at a position. */
  indexOf(position: bigint): number | undefined
  /** Undefined for a stream that does not exist. */
  stream(name: string): readonly Logged[] | undefined
  isDeleted(name: string): boolean
  append(stream: string, expected: Expected, events: readonly Proposed[]): Appended
  /** Deletes a stream for good. */
  tombstone(stream: string): void
  /** Deletes a stream so that it can be written again, as the client's `deleteStream` does: its numbering continues. */
  softDelete(stream: string): void
  /** A log with the same records, as a backup of the server that is restored elsewhere. */
  backup(): EventLog
  /** Hides the first events of a stream, as `$maxCount` and truncation do. */
  truncate(stream: string, before: number): void
  onAppended(listener: (event: Logged) => void): () => void
}

/** The metadata of a stream that hide its first events. */
type Metadata = { readonly $maxCount?: number; readonly $tb?: number }

/** The records of a log, and the streams of which events are hidden. */
type State = {
  readonly all: Logged[]
  readonly deleted: Set<string>
  readonly truncated: Map<string, number>
  readonly softDeleted: Set<string>
}

const emptyState = (): State => ({ all: [], deleted: new Set(), truncated: new Map(), softDeleted: new Set() })

/**
 * A log that behaves as EventStoreDB does: an append at a revision that has been passed succeeds when these very event
 * ids are stored there, with a position that need not be that of the last one. With `links`, each event of a stream is
 * followed by a system event that links to it, as the projection `$by_category` writes it.
 */
export function createEventLog({ links, of }: { readonly links: boolean; readonly of?: State }): EventLog {
  const { all, deleted, truncated, softDeleted } = of ?? emptyState()
  const places = new Map(all.map(({ position }, index) => [position, index]))
  const streams = new Map<string, Logged[]>()
  for (const event of all) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event])
  const listeners = new Set<(event: Logged) => void>()
  let end = all.reduce((_, event) => event.position + sizeOf(event), 0n)

  const store = (name: string, proposed: Proposed): Logged => {
    const logged = streams.get(name) ?? []
    streams.set(name, logged)
    const event = { ...proposed, stream: name, revision: logged.length, position: end, createdMs: Date.now() }
    end += sizeOf(proposed)
    logged.push(event)
    places.set(event.position, all.push(event) - 1)
    for (const listener of listeners) listener(event)
    return event
  }

  const link = (event: Logged): void => {
    const data = new TextEncoder().encode(`${event.revision}@${event.stream}`)
    const category = event.stream.split('-')[0] ?? ''
    store(`$ce-${category}`, { ...event, id: crypto.randomUUID(), type: '$>', data, metadata: new Uint8Array() })
  }

  /** The metadata of a stream on the server. */
  const describe = (name: string, metadata: string): void => {
    const data = new TextEncoder().encode(metadata)
    const contentType = 'application/json'
    store(`$$${name}`, { id: crypto.randomUUID(), type: '$metadata', contentType, data, metadata: new Uint8Array() })
  }

  /** The revision of the first event that readers of a stream see. */
  const firstOf = (name: string): number => {
    const latest = streams.get(`$$${name}`)?.at(-1)
    const metadata = latest ? (JSON.parse(Buffer.from(latest.data).toString()) as Metadata) : {}
    const most = metadata.$maxCount ?? Infinity
    return Math.max(truncated.get(name) ?? 0, metadata.$tb ?? 0, (streams.get(name)?.length ?? 0) - most)
  }

  /** The metadata of a stream that was deleted for good are deleted with it. */
  const isDeleted = (name: string): boolean =>
    deleted.has(name) || (name.startsWith('$$') && deleted.has(name.slice(2)))

  return {
    all,
    indexOf: (position) => places.get(position),
    stream: (name) => (softDeleted.has(name) ? undefined : streams.get(name)?.slice(firstOf(name))),
    isDeleted,

    append(name, expected, events) {
      if (isDeleted(name)) return { kind: 'deleted' }
      const logged = streams.get(name) ?? []
      const revived =
        softDeleted.has(name) && (expected === 'any' || expected === 'no_stream' || expected === logged.length - 1)
      if (revived) {
        softDeleted.delete(name)
        truncated.set(name, logged.length)
        describe(name, `{"$tb":${logged.length}}`)
      } else if (!meets(expected, logged.length)) {
        const repeated = sameIds(logged, expected, events)
        const actual = logged.length === 0 ? undefined : logged.length - 1
        return repeated ? { kind: 'already_stored', ...repeated } : { kind: 'wrong_version', actual }
      }
      const stored = events.map((event) => store(name, event))
      if (links && !name.startsWith('$')) for (const event of stored) link(event)
      const { revision, position } = stored.at(-1)!
      return { kind: 'stored', revision, position }
    },

    tombstone(name) {
      deleted.add(name)
      const nothing = new Uint8Array()
      const contentType = 'application/octet-stream'
      store(name, { id: crypto.randomUUID(), type: '$streamDeleted', contentType, data: nothing, metadata: nothing })
    },

    softDelete(name) {
      softDeleted.add(name)
      describe(name, '{"$tb":9223372036854775807}')
    },

    backup: () =>
      createEventLog({
        links,
        of: {
          all: [...all],
          deleted: new Set(deleted),
          truncated: new Map(truncated),
          softDeleted: new Set(softDeleted),
        },
      }),

    truncate: (name, before) => void truncated.set(name, before),

    onAppended(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

const sizeOf = ({ data, metadata }: Proposed): bigint => BigInt(100 + data.length + metadata.length)

function meets(expected: Expected, length: number): boolean {
  if (expected === 'any') return true
  if (expected === 'no_stream') return length === 0
  if (expected === 'stream_exists') return length > 0
  return expected === length - 1
}

/** The positions of the events after the expected revision, when they are these very events. */
function sameIds(
  logged: readonly Logged[],
  expected: Expected,
  events: readonly Proposed[],
): { readonly revision: number; readonly position: bigint } | undefined {
  if (expected === 'any' || expected === 'stream_exists') return undefined
  const from = expected === 'no_stream' ? 0 : expected + 1
  const stored = logged.slice(from, from + events.length)
  const [first, last] = [stored[0], stored.at(-1)]
  const same = stored.length === events.length && stored.every(({ id }, index) => id === events[index]?.id)
  return same && first && last ? { revision: last.revision, position: first.position } : undefined
}

/** The faults that a server can simulate; each can be changed while it runs. */
export type Faults = {
  /** How many requests are refused as unavailable, before anything is done; counts down. */
  unavailable: number
  /** How many appends are stored before their connection breaks; counts down. */
  lostAnswers: number
  /** Appends are stored when they come, and answered when this has resolved. */
  answersHeld: Promise<void> | undefined
  /** Reads never answer. */
  silentReads: boolean
  /** Filtered reads find nothing until this has resolved, as in a long stretch of foreign events. */
  searching: Promise<void> | undefined
  /** This node follows that one, and redirects requests that require the leader there. */
  leader: { readonly host: string; readonly port: number } | undefined
  /** Requests without credentials are refused. */
  locked: boolean
  /** The only `authorization` that is accepted; any, and none, by default. */
  authorization: string | undefined
  /** How large an append may be, in bytes. */
  maxAppendSize: number
}

/** A server without faults, open to everybody, with EventStoreDB's default of one mebibyte for an append. */
export const noFaults = (): Faults => ({
  unavailable: 0,
  lostAnswers: 0,
  answersHeld: undefined,
  silentReads: false,
  searching: undefined,
  leader: undefined,
  locked: false,
  authorization: undefined,
  maxAppendSize: 1_048_576,
})
