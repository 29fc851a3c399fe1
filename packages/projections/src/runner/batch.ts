import type { Position } from '@guichet/domain'
import type { BatchBounds, ReadBatch } from '@guichet/eventstore'
import { isAftermath } from './failure.ts'
import type { Generation } from './generation.ts'
import { advanceStatement, schemaOf, searchPathOf } from './generation.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import type { StreamHistory } from './stream-history.ts'

/** A generation that is being written, with its projection. */
type ModelTables = Pick<Generation, 'generation'> & { readonly projection: Projection }

type Batch = {
  readonly events: readonly RecordedEvent[]
  /** The checkpoint of every generation before the batch. */
  readonly from: Position | undefined
  /** The event at the checkpoint of every generation after the batch: the last one. */
  readonly to: RecordedEvent
  readonly owner: string
  readonly replaying: boolean
  readonly history: StreamHistory
}

/**
 * Writes a batch to several generations at one position: their rows and checkpoints in one transaction, all or nothing.
 * The projections' statements share the connection's round trips.
 * @throws the error of the first projection that failed; the transaction is rolled back then.
 */
export async function writeBatch(session: Session, written: readonly ModelTables[], batch: Batch): Promise<void> {
  const generations = written.map(named)
  try {
    const beginning = session.begin(searchPathOf(generations))
    await allOrFirstCause([beginning, ...foldings(session, written, batch)])
    await session.query(`${advanceStatement(generations, { ...batch, events: batch.events.length })}; commit`)
  } catch (error) {
    await session.rollback()
    throw error
  }
}

const named = ({ projection, generation }: ModelTables): Pick<Generation, 'projection' | 'generation'> => ({
  projection: projection.name,
  generation,
})

const foldings = (session: Session, written: readonly ModelTables[], batch: Batch): Promise<void>[] =>
  written.map(async (each) =>
    each.projection.project(batch.events, {
      tx: session.tx,
      schema: schemaOf(named(each)),
      replaying: batch.replaying,
      from: batch.from,
      history: batch.history,
    }),
  )

/** Waits for all, so that nothing is written after a failure, and separates a cause from its consequences. */
async function allOrFirstCause(work: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected')
  if (failures.length === 0) return
  const causes = failures.map(({ reason }) => reason as unknown)
  throw causes.find((cause) => !isAftermath(cause)) ?? causes[0]
}

/** The number of events that a batch may have, by how long recent batches took to write. */
type BatchLimit = {
  /** The current maximum. */
  events(): number
  /** Records that a batch of this many events was written in this many milliseconds. */
  took(events: number, milliseconds: number): void
  /** Records that a batch of this many events was lost, because another process had taken its lease over. */
  lost(events: number): void
}

/**
 * Keeps the time of a batch well below a lease: after a slow batch the limit is the number of events that would have
 * been in time, after a quick one it doubles.
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

/** Consecutive events, and whether more can be read immediately. */
type Page = { readonly events: readonly RecordedEvent[]; readonly more: boolean }

/** Reads history page by page. */
export type EventReader = {
  /** Up to `limit` events after a position. While more exist, reads the next page as the caller works on this one. */
  read(after: Position | undefined, limit: number): Promise<Page>
  /** The same, without reading ahead. */
  readOnce(after: Position | undefined, limit: number): Promise<Page>
}

type Ahead = { readonly after: Position | undefined; readonly page: Promise<Page> }

/** Reads events: from the feed of the process, or from the store. */
type ReadNext = (after: Position | undefined, bounds: BatchBounds) => Promise<Pick<ReadBatch, 'events' | 'more'>>

/** Creates a reader that holds at most two pages in memory, each with the given bounds. */
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
      const nextPage = await prepared
      const { events, more } = nextPage && nextPage.events.length > 0 ? nextPage : await readOnce(after, limit)
      const page = { events: events.slice(0, limit), more: more || events.length > limit }
      const last = page.events.at(-1)?.position
      if (events.length > limit) prepare(last, Promise.resolve({ events: events.slice(limit), more }))
      else if (last !== undefined && more) prepare(last, readOnce(last, pageAhead))
      return page
    },
  }
}
