import type { EventEnvelope, EventStore, GuichetEvent, Position, StreamName } from '@guichet/domain'
import { CorruptHistory, readInPages } from '@guichet/domain'

/** Where the events of a stream that are asked for end: with a version, or at a place in the order of all events. */
export type StreamEnd = { readonly version: number } | { readonly position: Position }

/** Reads what has happened on single streams before the batch that is being projected. */
export type StreamHistory = {
  /**
   * The events of a stream from its first on, in pages of a bounded size, up to an end that is included.
   * @throws HistoryUnreadable when the store cannot be read, which goes away by trying again; CorruptHistory.
   */
  read(stream: StreamName, end: StreamEnd): AsyncGenerator<readonly EventEnvelope<GuichetEvent>[]>
}

/** The event store could not be read: nothing that a read model is to blame for. */
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
