import type { Append, AppendOutcome, EventCatalogue, EventStore } from '@guichet/domain'
import { createTurns } from '@guichet/domain'
import { encodeAppend } from '../codec/encode-append.ts'
import { AppendRejected } from '../failure/index.ts'
import { appendAtKnownVersion } from './append.ts'
import { connect } from './connection.ts'
import { openIdentity } from './identity.ts'
import { createKnownStreams } from './known-streams.ts'
import { comparePositions, isPosition } from './position.ts'
import { createHead, readAllAfter } from './read-all.ts'
import { readStreamAfter } from './read.ts'
import { toEnvelope } from './recorded.ts'
import { createWakeUp } from './wake-up.ts'

export type EventStoreDbStoreOptions = {
  readonly catalogue: EventCatalogue
  /** `esdb://` or `esdb+discover://`, as EventStoreDB's clients take it. */
  readonly connectionString: string
  /** Milliseconds to wait for a sign of the server when it is opened or read; 10,000 by default. */
  readonly patienceMs?: number
  /** About how many streams and command ids are kept in mind; 200,000 by default. */
  readonly knownCommands?: number
}

/**
 * The event store in EventStoreDB 22.6 or newer, which it has to itself: every stream that is not the server's own.
 *
 * The events of a command are one append. An append rejects with AppendRejected (it can never be stored), StoreUnavailable
 * (nothing was written) or AppendOutcomeUnknown (send it again with the same command id).
 * @throws StoreUnusable for an address that cannot be one, refused credentials, another kind of server or one that is too
 * old; StoreUnavailable when none answers.
 */
export async function eventStoreDbStore(options: EventStoreDbStoreOptions): Promise<EventStore> {
  const { catalogue, connectionString, patienceMs = 10_000, knownCommands = 200_000 } = options
  const connection = await connect(connectionString, patienceMs)
  const identity = await openIdentity(connection).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const known = createKnownStreams(knownCommands)
  const turns = createTurns()
  const wakeUp = createWakeUp(connection)

  const append = async (request: Append): Promise<AppendOutcome> => {
    const encoded = encodeAppend(catalogue, request)
    checkNames(encoded.stream)
    return turns.take(encoded.stream, async () => {
      const outcome = await appendAtKnownVersion(connection, known, encoded)
      if (outcome.kind === 'appended') wakeUp.appended()
      return outcome
    })
  }

  const head = createHead(connection)
  const readStream: EventStore['readStream'] = async (stream, from = 1, limit) => {
    const events = await readStreamAfter(connection, stream, from - 1, limit)
    if (from - 1 <= known.of(stream).version) known.learn(stream, events)
    return events.map((event) => toEnvelope(catalogue, event))
  }

  return {
    append,
    readStream,
    readAll: async (request) => (await readAllAfter(connection, request)).map((event) => toEnvelope(catalogue, event)),
    findCommand: async (stream, commandId) => {
      if (!known.of(stream).commands.has(commandId)) {
        known.learn(stream, await readStreamAfter(connection, stream, known.of(stream).version))
      }
      return known.of(stream).commands.get(commandId)?.first
    },
    head,
    identity: async () => identity,
    isPosition,
    isAhead: async (position) => {
      const last = await head()
      return last === undefined || comparePositions(position, last) > 0
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

function checkNames(stream: string): void {
  if (stream.startsWith('$')) throw new RangeError(`a stream of EventStoreDB's own: ${stream}`)
  if (Buffer.from(stream).toString() !== stream) {
    throw new AppendRejected('the stream holds half a surrogate pair, which EventStoreDB cannot keep')
  }
}
