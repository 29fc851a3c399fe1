import type { Position } from '@guichet/domain'
import type { BatchBounds, ReadBatch } from '@guichet/eventstore'
import { isAftermath } from './failure.ts'
import type { Generation } from './generation.ts'
import { advanceStatement, schemaOf, searchPathOf } from './generation.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import type { StreamHistory } from './stream-history.ts'

/** A generation that is being written, with the code that writes it. */
type Written = Pick<Generation, 'generation'> & { readonly projection: Projection }

type Batch = {
  readonly events: readonly RecordedEvent[]
  /** Where all the checkpoints stand before it. */
  readonly from: Position | undefined
  /** Where they stand after it. */
  readonly to: Position
  readonly owner: string
  readonly replaying: boolean
  readonly history: StreamHistory
}

/**
 * Writes a batch to several generations that stand at one position: their rows and checkpoints in one transaction, all
 * or nothing. The projections' statements share the connection's round trips.
 * @throws what the first projection that failed threw; the transaction has been rolled back then.
 */
export async function writeBatch(session: Session, written: readonly Written[], batch: Batch): Promise<void> {
  const generations = written.map(named)
  try {
    const begun = session.begin(searchPathOf(generations))
    await allOrFirstCause([begun, ...foldings(session, written, batch)])
    await session.query(`${advanceStatement(generations, { ...batch, events: batch.events.length })}; commit`)
  } catch (error) {
    await session.rollback()
    throw error
  }
}

const named = ({ projection, generation }: Written): Pick<Generation, 'projection' | 'generation'> => ({
  projection: projection.name,
  generation,
})

const foldings = (session: Session, written: readonly Written[], batch: Batch): Promise<void>[] =>
  written.map(async (each) =>
    each.projection.project(batch.events, {
      tx: session.tx,
      schema: schemaOf(named(each)),
      replaying: batch.replaying,
      history: batch.history,
    }),
  )

/** Waits for all, so that nothing writes on after a failure, and tells a cause from what it set off. */
async function allOrFirstCause(work: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected')
  if (failures.length === 0) return
  const causes = failures.map(({ reason }) => reason as unknown)
  throw causes.find((cause) => !isAftermath(cause)) ?? causes[0]
}

/** How many events a batch may have, by how long the last ones took to write. */
type BatchLimit = {
  /** At most this many now. */
  events(): number
  /** A batch of so many events was written in so many milliseconds. */
  took(events: number, milliseconds: number): void
  /** A batch of so many events could not be kept, because another process had taken its lease over. */
  lost(events: number): void
}

/**
 * Keeps batches near a time that is well below a lease: after a slow one the next has as many events as would have been in
 * time, after a quick one twice as many.
 */
export function createBatchLimit(most: number, targetMs = 2_000): BatchLimit {
  let limit = most
  const shrink = (to: number): void => {
    limit = Math.max(1, Math.min(limit, Math.floor(to)))
  }
  return {
    events: () => limit,
    took: (events, milliseconds) => {
      if (milliseconds > targetMs) shrink((events * targetMs) / milliseconds)
      else if (milliseconds < targetMs / 2) limit = Math.min(most, limit * 2)
    },
    lost: (events) => shrink(events / 2),
  }
}

/** Events that follow each other, and whether more may follow them at once. */
type Page = { readonly events: readonly RecordedEvent[]; readonly more: boolean }

/** Reads history page by page. */
export type EventReader = {
  /** Up to `limit` events after a position. While more follow, the next page is read as the caller works on this one. */
  read(after: Position | undefined, limit: number): Promise<Page>
  /** The same, without reading ahead. */
  readOnce(after: Position | undefined, limit: number): Promise<Page>
}

type Ahead = { readonly after: Position | undefined; readonly page: Promise<Page> }

/** How events are read: by the feed of the process, or from the store. */
type ReadNext = (after: Position | undefined, bounds: BatchBounds) => Promise<Pick<ReadBatch, 'events' | 'more'>>

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
