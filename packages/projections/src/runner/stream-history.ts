import type { EventEnvelope, EventStore, GuichetEvent, Position, StreamName } from '@guichet/domain'
import { CorruptHistory, readInPages } from '@guichet/domain'
import { StreamDeleted } from '@guichet/eventstore'

/** Where the events of a stream end: at a version, or at a position in the order of all events. */
export type StreamEnd = { readonly version: number } | { readonly position: Position }

/** Reads the events of single streams from before the batch that is being projected. */
export type StreamHistory = {
  /**
   * The events of a stream from the first one, in pages of a bounded size, up to and including an end.
   * @throws HistoryUnreadable when the store cannot be read; a retry can succeed.
   * @throws StreamDeleted for a stream that was deleted or has lost its first events; CorruptHistory.
   */
  read(stream: StreamName, end: StreamEnd): AsyncGenerator<readonly EventEnvelope<GuichetEvent>[]>
  /** Records that the projections pass over a stream, since it was deleted or has lost its first events. */
  readonly lost?: OnStreamLost
}

/** Called for a stream that projections pass over, with the reason. */
export type OnStreamLost = (stream: StreamName, reason: string) => void

/** The event store could not be read, which is no fault of a read model. */
export class HistoryUnreadable extends Error {
  override readonly name = 'HistoryUnreadable'
}

/** The histories of the streams of a store. */
export function streamHistory(
  store: Pick<EventStore, 'readStream' | 'comparePositions'>,
  lost?: OnStreamLost,
): StreamHistory {
  return {
    ...(lost && { lost }),
    async *read(stream, end) {
      const isWithin = (envelope: EventEnvelope): boolean =>
        'version' in end
          ? envelope.version <= end.version
          : store.comparePositions(envelope.position, end.position) <= 0
      try {
        for await (const page of readInPages(store, stream)) {
          const within = page.filter(isWithin)
          yield within as readonly EventEnvelope<GuichetEvent>[]
          if (within.length < page.length || ('version' in end && page.at(-1)?.version === end.version)) return
        }
      } catch (error) {
        if (error instanceof CorruptHistory || error instanceof StreamDeleted) throw error
        throw new HistoryUnreadable(`${stream} could not be read`, { cause: error })
      }
    },
  }
}
