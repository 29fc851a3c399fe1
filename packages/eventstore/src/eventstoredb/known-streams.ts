import type { FirstOutcome } from '@guichet/domain'
import { LruCache } from '@guichet/domain'
import type { Recorded } from './recorded.ts'

/** What is known of a stream: every command id in it, up to a version. */
export type Known = { readonly version: number; readonly commands: ReadonlyMap<string, Outcome> }

/** What became of a command, and the id of its last event, which tells who stored it. */
export type Outcome = { readonly first: FirstOutcome; readonly eventId: string }

/**
 * The streams that were read or written lately, with the command ids in them. A cache: what it knows stays true, since events
 * never change, and that a stream has moved on is found out by the version check of the append.
 */
export type KnownStreams = {
  /** As far as the stream is known; nothing of it counts as version 0. */
  of(stream: string): Known
  has(stream: string): boolean
  /** Whether the stream is known, and was found not to be deleted some seconds ago at the most. */
  isThere(stream: string): boolean
  /** Takes note that a known stream was found not to be deleted. */
  found(stream: string): void
  /** Takes note of events that were read, in order up to the end of a command; what is known already is passed over. */
  learn(stream: string, events: readonly Recorded[]): void
  /** Takes note of a command that was stored behind a version; where another one is known by now, it would leave a gap. */
  keep(stream: string, behind: number, commandId: string, outcome: Outcome): void
}

type Entry = { version: number; foundAt: number; readonly commands: Map<string, Outcome> }

/** For how long a stream that was found is taken to be there, in milliseconds. */
const thereForMs = 10_000

const nothing: Known = { version: 0, commands: new Map() }

/** An empty cache that holds about `maxEntries` streams and command ids; the streams used last stay. */
export function createKnownStreams(maxEntries: number): KnownStreams {
  const streams = new LruCache<string, Entry>({ maxWeight: maxEntries, weigh: ({ commands }) => 1 + commands.size })

  const change = (stream: string, work: (entry: Entry) => void): void => {
    const known = streams.get(stream)
    const entry = known ?? { version: 0, foundAt: performance.now(), commands: new Map<string, Outcome>() }
    work(entry)
    streams.set(stream, entry)
  }

  return {
    of: (stream) => streams.get(stream) ?? nothing,
    has: (stream) => streams.has(stream),
    isThere: (stream) => performance.now() - (streams.get(stream)?.foundAt ?? -Infinity) < thereForMs,
    found: (stream) => {
      const entry = streams.get(stream)
      if (entry) entry.foundAt = performance.now()
    },
    learn: (stream, events) =>
      change(stream, (entry) => {
        entry.foundAt = performance.now()
        for (const { id, version, position, metadata } of events) {
          if (version !== entry.version + 1) continue
          entry.version = version
          const { commandId, fingerprint } = metadata
          const first = { version, position, ...(fingerprint !== undefined && { fingerprint }) }
          entry.commands.set(commandId, { first, eventId: id })
        }
      }),
    keep: (stream, behind, commandId, outcome) => {
      if ((streams.get(stream) ?? nothing).version !== behind) return
      change(stream, (entry) => {
        entry.version = outcome.first.version
        entry.commands.set(commandId, outcome)
      })
    },
  }
}
