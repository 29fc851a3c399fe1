import type { Position } from '@guichet/domain'
import type { BatchBounds, ReadBatch } from '@guichet/eventstore'
import type { RecordedEvent } from './projection.ts'

/** Events that follow each other, and whether more may follow them at once. */
export type Page = { readonly events: readonly RecordedEvent[]; readonly more: boolean }

/** Reads history page by page. */
export type EventReader = {
  /** Up to `limit` events after a position. While more follow, the next page is read as the caller works on this one. */
  read(after: Position | undefined, limit: number): Promise<Page>
  /** The same, without reading ahead. */
  readOnce(after: Position | undefined, limit: number): Promise<Page>
}

type Ahead = { readonly after: Position | undefined; readonly page: Promise<Page> }

/** How events are read: by the feed of the process, or from the store. */
export type ReadNext = (after: Position | undefined, bounds: BatchBounds) => Promise<Pick<ReadBatch, 'events' | 'more'>>

/** A reader that holds at most two pages in memory, each bounded as given. */
export function createEventReader(next: ReadNext, { limit: pageAhead, maxBytes }: Required<BatchBounds>): EventReader {
  let ahead: Ahead | undefined

  const readOnce = async (after: Position | undefined, limit: number): Promise<Page> =>
    (await next(after, { limit, maxBytes })) as Page

  const prepare = (after: Position | undefined, page: Promise<Page>): void => {
    page.catch(() => undefined)
    ahead = { after, page }
  }

  return {
    readOnce,
    async read(after, limit) {
      const prepared = ahead && ahead.after === after ? ahead.page : undefined
      ahead = undefined
      const known = await prepared
      const { events, more } = known && known.events.length > 0 ? known : await readOnce(after, limit)
      const page = { events: events.slice(0, limit), more: more || events.length > limit }
      const last = page.events.at(-1)?.position
      if (events.length > limit) prepare(last, Promise.resolve({ events: events.slice(limit), more }))
      else if (last !== undefined && more) prepare(last, readOnce(last, pageAhead))
      return page
    },
  }
}
