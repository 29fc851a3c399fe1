import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'

/** What a batch is bounded by. */
export type BatchBounds = {
  /** Events, at most. */
  readonly limit: number
  /** About how many bytes its events may have together; a single event may have more. 4 MiB by default. */
  readonly maxBytes?: number
}

export type ReadBatch = {
  readonly events: readonly EventEnvelope[]
  /** About how many bytes each of them has. */
  readonly sizes: readonly number[]
  /** Whether a bound ended the batch, so that more may follow at once. */
  readonly more: boolean
}

export const defaultBatchBytes = 4 * 1_024 * 1_024

/** Events that are read at once, if they are small. */
const pageSize = 500

/** A page with fewer characters than this part of its bound was not ended by it. */
const leastOfBound = 1 / 8

/**
 * Reads events after a position up to the first bound that is reached; at least one, if there is any. Pages are bounded as
 * well, so that the memory it takes does not depend on what was written.
 * @throws what the store does; CorruptHistory only at the first event: those before one that cannot be read are delivered.
 */
export async function readBatch(
  store: Pick<EventStore, 'readAll'>,
  after: Position | undefined,
  { limit, maxBytes = defaultBatchBytes }: BatchBounds,
): Promise<ReadBatch> {
  const events: EventEnvelope[] = []
  const sizes: number[] = []
  let bytes = 0
  let most = pageSize
  while (events.length < limit) {
    const size = Math.min(limit - events.length, most)
    const request = { after: events.at(-1)?.position ?? after, limit: size, maxBytes }
    const page = await store.readAll(request).catch((error: unknown) => {
      if (!(error instanceof CorruptHistory) || (size === 1 && events.length === 0)) throw error
    })
    if (!page) {
      if (events.length > 0) return { events, sizes, more: true }
      most = Math.ceil(size / 2)
      continue
    }
    const before = bytes
    for (const envelope of page) {
      const size = sizeOf(envelope)
      bytes += size
      if (bytes > maxBytes && events.length > 0) return { events, sizes, more: true }
      events.push(envelope)
      sizes.push(size)
    }
    if (page.length === 0 || (page.length < size && bytes - before < maxBytes * leastOfBound)) {
      return { events, sizes, more: false }
    }
  }
  return { events, sizes, more: true }
}

/** About how many bytes a value takes: its texts, and a little for everything else. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let size = 16
  for (const each of Object.values(value)) size += sizeOf(each)
  return size
}
