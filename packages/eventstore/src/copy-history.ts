import { isDeepStrictEqual } from 'node:util'
import type { Append, EventEnvelope, EventStore, StreamName } from '@guichet/domain'
import { defaultBatchBytes } from './feed/feed.ts'

/** The target store holds other events where the copy belongs. */
export class HistoryDiffers extends Error {
  override readonly name = 'HistoryDiffers'
}

/** The target store takes no append that is as large as a command of the source. */
export class CommandTooLarge extends Error {
  override readonly name = 'CommandTooLarge'
}

/** The progress of a copy. */
export type CopyProgress = { readonly phase: 'copying' | 'comparing'; readonly done: number }

/** The result of a copy: `stored` counts the commands that the target did not have yet. */
export type CopyResult = {
  readonly streams: number
  readonly events: number
  readonly commands: number
  readonly stored: number
}

const pageSize = 500

/**
 * Copies a whole history in its global order, each command as one append under its own id, then compares every stream
 * of both stores. It may be interrupted and run again: commands that the target already has are recognised. Events are
 * stored with the current time and at today's schema version; apart from their positions nothing else of them changes.
 * The source should be at rest: events that are written to it during the comparison are not copied.
 * @throws HistoryDiffers when the target holds other events in a stream of the source, or another stream;
 * CommandTooLarge; the signal's reason.
 */
export async function copyHistory(
  from: EventStore,
  to: EventStore,
  options: { readonly signal?: AbortSignal; onProgress?(progress: CopyProgress): void } = {},
): Promise<CopyResult> {
  const { signal, onProgress } = options
  const streams = new Set<StreamName>()
  let [events, commands, stored] = [0, 0, 0]
  for await (const command of commandsOf(from)) {
    signal?.throwIfAborted()
    if (await store(command, from, to)) stored++
    streams.add(command[0].stream)
    events += command.length
    commands++
    onProgress?.({ phase: 'copying', done: events })
  }
  let compared = 0
  for (const stream of streams) {
    signal?.throwIfAborted()
    const difference = compareStreams(await from.readStream(stream), await to.readStream(stream))
    if (difference !== undefined) throw new HistoryDiffers(`the stream ${stream} is not the same: ${difference}`)
    onProgress?.({ phase: 'comparing', done: ++compared })
  }
  for await (const [{ stream }] of commandsOf(to)) {
    signal?.throwIfAborted()
    if (!streams.has(stream)) throw new HistoryDiffers(`the stream ${stream} is in the target alone`)
  }
  return { streams: streams.size, events, commands, stored }
}

type Command = readonly [EventEnvelope, ...EventEnvelope[]]

/** Yields the events of each command, in global order. */
async function* commandsOf(store: EventStore): AsyncGenerator<Command> {
  let command: [EventEnvelope, ...EventEnvelope[]] | undefined
  let after: EventEnvelope['position'] | undefined
  for (;;) {
    const page = await store.readAll({ after, limit: pageSize, maxBytes: defaultBatchBytes })
    for (const envelope of page) {
      const [first] = command ?? []
      if (command && first?.stream === envelope.stream && first.commandId === envelope.commandId) {
        command.push(envelope)
        continue
      }
      if (command) yield command
      command = [envelope]
    }
    after = page.at(-1)?.position ?? after
    if (page.length === 0) break
  }
  if (command) yield command
}

/** @returns whether the target did not have it yet. */
async function store(command: Command, from: EventStore, to: EventStore): Promise<boolean> {
  const [{ stream, version, commandId, correlationId, causationId }] = command
  const first = await from.findCommand(stream, commandId)
  const append: Append = {
    stream,
    expectedVersion: version - 1,
    commandId,
    fingerprint: first?.fingerprint,
    correlationId,
    causationId,
    events: command.map(({ event }) => event),
  }
  const outcome = await to.append(append)
  if (outcome.kind === 'conflict') {
    throw new HistoryDiffers(
      `the stream ${stream} has ${outcome.actualVersion} events where ${version - 1} are expected`,
    )
  }
  if (outcome.kind === 'too_large') {
    throw new CommandTooLarge(
      `the events of a command on the stream ${stream} are larger together than the ${outcome.limit} bytes that the other store takes in one append`,
    )
  }
  return outcome.kind === 'appended'
}

/** The parts of an event that every store preserves. */
const preserved = ({ event, version, commandId, correlationId, causationId }: EventEnvelope): unknown => ({
  event,
  version,
  commandId,
  correlationId,
  causationId,
})

/**
 * Describes the first difference between two copies of a stream; undefined when they differ only in position and
 * storage time.
 */
function compareStreams(one: readonly EventEnvelope[], other: readonly EventEnvelope[]): string | undefined {
  if (one.length !== other.length) return `${one.length} events here, ${other.length} there`
  const different = one.find((envelope, index) => {
    const copy = other[index]
    return !copy || !isDeepStrictEqual(preserved(envelope), preserved(copy))
  })
  return different && `${different.event.type} at version ${different.version}`
}
