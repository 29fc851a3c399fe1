import { randomUUID } from 'node:crypto'
import type { Channel, connectivityState } from '@grpc/grpc-js'
import { z } from 'zod'
import type { Append, AppendOutcome, EventCatalogue, EventStore } from '@guichet/domain'
import { CorruptHistory, createTurns } from '@guichet/domain'
import { encodeAppend } from '../encode-append.ts'
import { StoreUnavailable, StoreUnusable } from '../failure.ts'
import { lastOfAll, lastOfOwn, readOn, stillHas } from './all-events.ts'
import { appendAtKnownVersion, createCommandCache } from './append.ts'
import type { Connection, EventMark } from './connection.ts'
import { connect } from './connection.ts'
import { compare, comparePositions, isPosition, toPlace, toPosition } from './position.ts'
import { readMetadata, readStreamAfter } from './read.ts'
import type { ServerEvent } from './recorded.ts'
import { toEnvelope, toRecorded } from './recorded.ts'
import { createTail, createWakeUp } from './tail.ts'
import { isPassing, firstLineOf, troubleOf } from './trouble.ts'

/** How an event store in EventStoreDB is opened. */
export type EventStoreDbStoreOptions = {
  readonly catalogue: EventCatalogue
  /** `esdb://` or `esdb+discover://`, as EventStoreDB's clients accept it. */
  readonly connectionString: string
  /**
   * Milliseconds to wait for a sign of life of the server when it is opened or read; 10,000 by default. A read of all
   * events waits longer while the server answers other calls: it may be searching.
   */
  readonly patienceMs?: number
  /** About how many streams and command ids are cached; 200,000 by default. */
  readonly knownCommands?: number
}

/**
 * The event store in EventStoreDB 22.6 or newer. With the option `streamPrefix` in its address it uses the streams
 * `<prefix>.<stream>`, and sees no others; without one it uses all streams except the server's own and those with a
 * prefix.
 *
 * The events of a command are one append. An append rejects with AppendRejected (it can never be stored),
 * StreamDeleted, StoreUnavailable (nothing was written) or AppendOutcomeUnknown (send it again with the same command
 * id).
 * @throws StoreUnusable for an invalid address, refused credentials, another kind of server or one that is too old;
 * StoreUnavailable when none answers.
 */
export async function eventStoreDbStore(options: EventStoreDbStoreOptions): Promise<EventStore> {
  const { catalogue, connectionString, patienceMs = 10_000, knownCommands = 200_000 } = options
  const { connection, identity } = await open(connectionString, patienceMs)
  const tail = createTail(connection, catalogue)
  const cache = createCommandCache(knownCommands)
  const turns = createTurns()
  const wakeUp = createWakeUp(connection)

  const append = async (request: Append): Promise<AppendOutcome> => {
    const encoded = encodeAppend(catalogue, request)
    connection.names.check(encoded.stream)
    return turns.take(encoded.stream, async () => {
      const outcome = await appendAtKnownVersion(connection, cache, encoded)
      if (outcome.kind === 'appended') wakeUp.appended(toPlace(outcome.position))
      return outcome
    })
  }

  const readStream: EventStore['readStream'] = async (stream, from = 1, limit) => {
    const events = await readStreamAfter(connection, stream, from - 1, limit)
    const whole = events.length === limit ? withoutLastCommand(events) : events
    if (from - 1 <= cache.of(stream).version) cache.learn(stream, whole)
    return events.map((event) => toEnvelope(catalogue, event))
  }

  return {
    append,
    readStream,
    readAll: tail.readAll,
    findCommand: async (stream, commandId) => {
      if (!cache.of(stream).commands.has(commandId)) {
        cache.learn(stream, await readStreamAfter(connection, stream, cache.of(stream).version))
      }
      return cache.of(stream).commands.get(commandId)?.first
    },
    head: tail.head,
    identity: async () => {
      await connection.assertUsable()
      return identity
    },
    isPosition,
    isAhead: async (position) => {
      // Not the last event of this store: that may have been removed with its stream.
      const last = await lastOfAll(connection)
      return last === undefined || compare(toPlace(position), last) > 0
    },
    comparePositions,
    onAppended: wakeUp.subscribe,
    close: async () => {
      await turns.idle()
      await wakeUp.close()
      await connection.close()
    },
  }
}

async function open(
  url: string,
  patienceMs: number,
): Promise<{ readonly connection: Connection; readonly identity: string }> {
  const opened = await connect(url, patienceMs)
  try {
    const identity = await openIdentity(opened)
    const connection = keepIdentity(opened, identity)
    await assertOwnEvents(connection)
    return { connection, identity }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** A read of a stream up to a limit, which may have cut its last command in two. */
function withoutLastCommand(events: readonly ServerEvent[]): readonly ServerEvent[] {
  const last = events.at(-1)?.metadata.commandId
  return events.slice(0, events.findLastIndex(({ metadata }) => metadata.commandId !== last) + 1)
}

/** Looks at the first event and the last one: those between are found out about when they are read. */
async function assertOwnEvents(connection: Connection): Promise<void> {
  const [first] = await readOn(connection, undefined, { limit: 1 })
  const last = first && (await lastOfOwn(connection))
  try {
    for (const event of [first, last]) if (event) toRecorded(event, connection.names)
  } catch (error) {
    if (!(error instanceof CorruptHistory)) throw error
    throw new StoreUnusable('foreign_events', error.message, { cause: error })
  }
}

/**
 * Contains no events; its metadata holds the identity, in a stream that counts as the server's own and that no reader
 * of events sees.
 */
const stream = 'guichet-store'

/** Loaded at run time, since the client is installed only where EventStoreDB is used. */
const ready: connectivityState.READY = 2

const metadataSchema = z.object({ identity: z.string().min(1) })

/** Returns the identity of the history on this server; the first process to come writes it. */
async function openIdentity(connection: Connection): Promise<string> {
  for (;;) {
    const identity = await readIdentity(connection)
    if (identity !== undefined) return identity
    const options = { expectedRevision: 'no_stream', requiresLeader: true } as const
    const name = connection.names.onServer(stream)
    await connection.client.setStreamMetadata(name, { identity: randomUUID() }, options).catch((error: unknown) => {
      if (troubleOf(error) !== 'wrong_version') throw unavailableOr(error)
    })
  }
}

const unavailableOr = (error: unknown): unknown =>
  isPassing(troubleOf(error))
    ? new StoreUnavailable(`EventStoreDB did not note the identity: ${firstLineOf(error)}`, { cause: error })
    : error

/** Undefined on a server that has none. @throws StoreUnusable where something else is in its place. */
async function readIdentity(connection: Connection): Promise<string | undefined> {
  const name = connection.names.onServer(stream)
  const metadata = await readMetadata(connection, name).catch((error: unknown) => {
    if (troubleOf(error) !== 'deleted') throw error
    throw new StoreUnusable('identity_missing', `the stream ${name} was deleted, with the identity of the event store`)
  })
  if (metadata === undefined) return undefined
  const parsed = metadataSchema.safeParse(metadata)
  if (parsed.success) return parsed.data.identity
  throw new StoreUnusable('identity_missing', `the metadata of the stream ${name} has no identity of an event store`)
}

/**
 * The same connection, which compares the identity again after every reconnection, before anything is sent, and looks
 * for the latest event that it has seen: the address may by then lead to another server, to a wiped one, or to an older
 * backup.
 */
function keepIdentity(connection: Connection, identity: string): Connection {
  const { client, hosts, assertUsable } = connection
  let compared: Channel | undefined
  let latest: EventMark | undefined
  let comparing: Promise<void> | undefined

  const compareNow = async (): Promise<void> => {
    const currentIdentity = await readIdentity(connection).catch((error: unknown) => {
      if (error instanceof StoreUnusable) return undefined
      throw error
    })
    if (currentIdentity !== identity) {
      const answers = currentIdentity === undefined ? 'one without an identity' : currentIdentity
      throw new StoreUnavailable(`another event store answers at ${hosts}: ${answers}, where ${identity} was`)
    }
    if (latest && !(await stillHas(connection, latest))) {
      throw new StoreUnavailable(
        `an older backup of the event store answers at ${hosts}: it does not have the event at ${toPosition(latest.position)}`,
      )
    }
    const channel = await client.channel()
    if (channel.getConnectivityState(false) !== ready) return
    compared = channel
    channel.watchConnectivityState(ready, Infinity, () => {
      if (compared === channel) compared = undefined
    })
  }

  return {
    ...connection,
    saw: ({ position, id }) => {
      if (!latest || compare(position, latest.position) > 0) latest = { position, id }
    },
    assertUsable: async () => {
      await assertUsable()
      if (compared !== undefined && compared === (await client.channel().catch(() => undefined))) return
      comparing ??= compareNow().finally(() => {
        comparing = undefined
      })
      await comparing
    },
  }
}
