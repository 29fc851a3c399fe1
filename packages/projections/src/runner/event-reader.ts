import type { EventStore, Position } from '@guichet/domain'
import type { RecordedEvent } from './projection.ts'

/** Reads history page by page. */
export type EventReader = {
  /** Up to `limit` events after a position. A full page lets the next one be read while the caller works on this one. */
  read(after: Position | undefined, limit: number): Promise<readonly RecordedEvent[]>
  /** The same, without reading ahead. */
  readOnce(after: Position | undefined, limit: number): Promise<readonly RecordedEvent[]>
}

type Page = {
  readonly after: Position | undefined
  readonly limit: number
  readonly events: Promise<readonly RecordedEvent[]>
}

/** A reader that holds at most two pages in memory; the one it reads ahead has `pageAhead` events at most. */
export function createEventReader(store: EventStore, pageAhead: number): EventReader {
  let ahead: Page | undefined

  const readOnce = async (after: Position | undefined, limit: number): Promise<readonly RecordedEvent[]> =>
    (await store.readAll({ after, limit })) as readonly RecordedEvent[]

  return {
    readOnce,
    async read(after, limit) {
      const prepared = ahead?.after === after && ahead?.limit === limit ? ahead.events : undefined
      ahead = undefined
      const events = await (prepared ?? readOnce(after, limit))
      const last = events.at(-1)
      if (last && events.length === limit) {
        const next = readOnce(last.position, pageAhead)
        next.catch(() => undefined)
        ahead = { after: last.position, limit: pageAhead, events: next }
      }
      return events
    },
  }
}
