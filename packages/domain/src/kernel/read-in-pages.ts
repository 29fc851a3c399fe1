import type { EventEnvelope, StreamName } from './event.ts'
import type { EventStore } from './event-store.ts'

/** How many events the first page of a stream has; how many a later one has at the most, and how many characters about. */
const pages = { first: 32, most: 512, characters: 2_000_000 } as const

/**
 * The events of a stream from a version on, in pages that take a bounded memory however long its texts are: most streams are
 * one page, and of a longer one each is as long as the texts of the one before let it be.
 */
export async function* readInPages(
  store: Pick<EventStore, 'readStream'>,
  stream: StreamName,
  from = 1,
): AsyncGenerator<readonly EventEnvelope[], void, undefined> {
  let limit = pageLimitAfter([])
  for (let next = from; ;) {
    const page = await store.readStream(stream, next, limit)
    const last = page.at(-1)
    if (last) yield page
    if (!last || page.length < limit) return
    next = last.version + 1
    limit = pageLimitAfter(page)
  }
}

/** How many events the page after another one may have; of a first page, which follows none, few. */
export function pageLimitAfter(page: readonly EventEnvelope[]): number {
  if (page.length === 0) return pages.first
  const characters = page.reduce((sum, { event }) => sum + charactersOf(event), 0) / page.length
  return Math.min(pages.most, Math.max(pages.first, Math.floor(pages.characters / characters)))
}

/** About how long an event is: its own texts, and something for the rest. */
export function charactersOf(event: object): number {
  let characters = 100
  for (const value of Object.values(event)) characters += typeof value === 'string' ? value.length : 20
  return characters
}
