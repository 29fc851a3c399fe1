import type { EventEnvelope, EventStore, GuichetEvent, Position, StreamName } from '@guichet/domain'
import { CorruptHistory, readInPages } from '@guichet/domain'

/** Where the events of a stream end: at a version, or at a position in the order of all events. */
export type StreamEnd = { readonly version: number } | { readonly position: Position }

/** Reads the events of single streams from before the batch that is being projected. */
export type StreamHistory = {
  /**
   * The events of a stream from the first one, in pages of a bounded size, up to and including an end.
   * @throws HistoryUnreadable when the store cannot be read; a retry can succeed.
   * @throws CorruptHistory.
   */
  read(stream: StreamName, end: StreamEnd): AsyncGenerator<readonly EventEnvelope<GuichetEvent>[]>
}

/** The event store could not be read, which is no fault of a read model. */
export class HistoryUnreadable extends Error {
  override readonly name = 'HistoryUnreadable'
}

/** The histories of the streams of a store. */
export function streamHistory(store: Pick<EventStore, 'readStream' | 'comparePositions'>): StreamHistory {
  return {
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
        if (error instanceof CorruptHistory) throw error
        throw new HistoryUnreadable(`${stream} could not be read`, { cause: error })
      }
    },
  }
}
