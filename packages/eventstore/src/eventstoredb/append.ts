import { randomUUID } from 'node:crypto'
import type { EventData } from '@eventstore/db-client'
import type { AppendOutcome, FirstOutcome, Position } from '@guichet/domain'
import { LruCache, matchesVersion } from '@guichet/domain'
import type { EncodedAppend } from '../encode-append.ts'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable, StreamDeleted, StreamTruncated } from '../failure.ts'
import { retryWithBackOff } from '../retry.ts'
import type { Connection } from './connection.ts'
import { toPosition } from './position.ts'
import { assertWhole, readStreamAfter, resending } from './read.ts'
import type { ServerEvent } from './recorded.ts'
import { toProposed } from './recorded.ts'
import { firstLineOf, troubleOf } from './trouble.ts'

const maxRefusals = 5

/**
 * Appends at the exact version up to which every command id of the stream is known, whatever version was expected. When
 * the stream has advanced, it reads the new events and decides again. So a command id is stored once, by the server's
 * own version check, and no other stream is needed to record it (docs/decisions/020).
 *
 * Appends to one stream must take turns within this process; between processes the version check serialises them.
 */
export async function appendAtKnownVersion(
  connection: Connection,
  cache: CommandCache,
  encoded: EncodedAppend,
): Promise<AppendOutcome> {
  const { stream, commandId, expectedVersion, fingerprint } = encoded
  const ids = encoded.events.map(() => randomUUID())
  const eventId = ids.at(-1) ?? ''
  const proposed = toProposed(encoded, ids)
  const refresh = async (): Promise<void> => {
    const { version: behind } = cache.of(stream)
    const events = await readStreamAfter(connection, stream, behind)
    if (cache.of(stream).version < behind) return refresh()
    cache.learn(stream, events)
  }

  let asStored = !cache.has(stream) && expectedVersion !== 'no_stream' && expectedVersion !== 0
  if (asStored) await refresh()
  else if (!cache.isWhole(stream)) {
    await assertWhole(connection, stream)
    cache.confirmWhole(stream)
  }
  for (let refusals = 0; refusals < maxRefusals;) {
    const { version, commands } = cache.of(stream)
    const outcome = commands.get(commandId)
    if (outcome) {
      const { fingerprint: _, ...written } = outcome.first
      return outcome.eventId === eventId ? { kind: 'appended', ...written } : { kind: 'duplicate', ...outcome.first }
    }
    if (!matchesVersion(expectedVersion, version)) {
      if (asStored) return { kind: 'conflict', actualVersion: version }
    } else {
      const sent = await send(connection, stream, proposed, version)
      if (typeof sent === 'object') return sent
      const position = sent
      if (position !== undefined) {
        const written = { version: version + ids.length, position }
        cache.keep(stream, version, commandId, { first: { ...written, ...(fingerprint && { fingerprint }) }, eventId })
        return { kind: 'appended', ...written }
      }
    }
    await refresh()
    asStored = true
    refusals = cache.of(stream).version === version ? refusals + 1 : 0
  }
  throw new StreamTruncated(stream)
}

/**
 * Stores events after a version, and sends them again when the connection breaks: the server recognises their ids, and
 * stores them once.
 * @returns the position of the last one; the outcome when they are too large; undefined when only a read of the stream can show their outcome: the stream
 * has advanced, or an earlier try may have stored them.
 * @throws AppendRejected, StoreUnavailable (nothing was written), AppendOutcomeUnknown, or StreamDeleted, also for a
 * stream that the server does not number from its first event.
 */
async function send(
  connection: Connection,
  stream: string,
  events: EventData[],
  version: number,
): Promise<Position | TooLarge | undefined> {
  let perhapsStored = false
  const sendOnce = async (): Promise<Position | undefined> => {
    await connection.assertUsable()
    const expectedRevision = version === 0 ? 'no_stream' : BigInt(version - 1)
    const options = { expectedRevision, requiresLeader: true } as const
    const name = connection.names.onServer(stream)
    const appending = connection.client.appendToStream(name, events, options)
    const { nextExpectedRevision, position } = await appending.catch((error: unknown) => {
      perhapsStored ||= troubleOf(error) === 'away'
      throw error
    })
    if (nextExpectedRevision !== BigInt(version + events.length - 1)) {
      throw new StreamTruncated(stream)
    }
    const id = events.at(-1)?.id
    if (!position || perhapsStored || id === undefined) return undefined
    connection.saw({ position, id })
    return toPosition(position)
  }
  const isRetryable = (error: unknown): boolean => {
    const trouble = troubleOf(error)
    return trouble === 'away' || trouble === 'unsent' || trouble === 'not_leader'
  }
  try {
    return await retryWithBackOff(sendOnce, { ...resending, isRetryable })
  } catch (error) {
    if (troubleOf(error) === 'wrong_version') return undefined
    if (troubleOf(error) === 'too_large') return { kind: 'too_large', limit: limitIn(error) }
    throw failure(stream, error, perhapsStored)
  }
}

function failure(stream: string, error: unknown, perhapsStored: boolean): Error {
  const cause = { cause: error }
  const trouble = troubleOf(error)
  if (error instanceof StreamDeleted) return error
  if (error instanceof StoreUnavailable && !perhapsStored) return error
  if (trouble === 'deleted') return new StreamDeleted(stream)
  if (trouble === 'invalid') {
    return new AppendRejected(`EventStoreDB refuses the events: ${firstLineOf(error)}`, cause)
  }
  const unsent = trouble === 'unsent' || trouble === 'not_leader' || trouble === 'denied'
  if (unsent && !perhapsStored) return new StoreUnavailable(`EventStoreDB did not append: ${firstLineOf(error)}`, cause)
  return new AppendOutcomeUnknown(error)
}

type TooLarge = Extract<AppendOutcome, { readonly kind: 'too_large' }>

/** The server's default for the size of an append, in bytes. */
const defaultLimit = 1_048_576

/** The limit that the refusal of an append names: `Maximum Append Size of 7 Exceeded`, or `larger than max (9 vs. 7)`. */
function limitIn(error: unknown): number {
  const [, size, message] =
    /Append Size of (\d{1,12})|larger than max \(\d{1,12} vs\.? (\d{1,12})\)/i.exec(firstLineOf(error)) ?? []
  return Number(size ?? message ?? defaultLimit)
}

/** The cached knowledge of a stream: every command id in it, up to a version. */
type StreamCommands = { readonly version: number; readonly commands: ReadonlyMap<string, Outcome> }

/** The outcome of a command, and the id of its last event, which identifies its writer. */
type Outcome = { readonly first: FirstOutcome; readonly eventId: string }

/**
 * The streams that were read or written lately, with the command ids in them. A cache: its contents stay true, since
 * events never change. The version check of the append finds out that a stream has advanced.
 */
type CommandCache = {
  /** The stream as far as it is known; an unknown stream has version 0. */
  of(stream: string): StreamCommands
  has(stream: string): boolean
  /** Whether the stream is known, and was found to be whole within the last seconds. */
  isWhole(stream: string): boolean
  /** Records that a known stream was found to be whole. */
  confirmWhole(stream: string): void
  /** Records events that were read, in order up to the end of a command; known ones are skipped. */
  learn(stream: string, events: readonly ServerEvent[]): void
  /**
   * Records a command that was stored after a version; ignored where the known version differs by now, since it would
   * leave a gap.
   */
  keep(stream: string, behind: number, commandId: string, outcome: Outcome): void
}

type Entry = { version: number; foundAt: number; readonly commands: Map<string, Outcome> }

/** For how long a stream counts as whole after it was found so, in milliseconds. */
const thereForMs = 10_000

const nothing: StreamCommands = { version: 0, commands: new Map() }

/** Creates an empty cache for about `maxEntries` streams and command ids; the most recently used streams stay. */
export function createCommandCache(maxEntries: number): CommandCache {
  const streams = new LruCache<string, Entry>({ maxWeight: maxEntries, weigh: ({ commands }) => 1 + commands.size })

  const change = (stream: string, work: (entry: Entry) => void): void => {
    const hit = streams.get(stream)
    const entry = hit ?? { version: 0, foundAt: performance.now(), commands: new Map<string, Outcome>() }
    work(entry)
    streams.set(stream, entry)
  }

  return {
    of: (stream) => streams.get(stream) ?? nothing,
    has: (stream) => streams.has(stream),
    isWhole: (stream) => performance.now() - (streams.get(stream)?.foundAt ?? -Infinity) < thereForMs,
    confirmWhole: (stream) => {
      const entry = streams.get(stream)
      if (entry) entry.foundAt = performance.now()
    },
    learn: (stream, events) =>
      change(stream, (entry) => {
        // A later part of a stream may be read although its beginning is gone.
        if (entry.version === 0 || events[0]?.version === 1) entry.foundAt = performance.now()
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
