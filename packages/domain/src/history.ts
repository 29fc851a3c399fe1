import type { StreamCategories, StreamCategory } from './desk/categories.ts'
import type { EventStore } from './kernel/event-store.ts'
import { readInPages } from './kernel/event-store.ts'
import type { EventEnvelope } from './kernel/event.ts'
import { streamName } from './kernel/event.ts'

type ReadingStore = Pick<EventStore, 'readStream'>

type Envelope<K extends StreamCategory> = EventEnvelope<StreamCategories[K]['event']>

/** As `EventStore.readStream`, by the category and the id of the stream, with the types of its events. */
export const readHistory = async <K extends StreamCategory>(
  store: ReadingStore,
  category: K,
  id: string,
  from?: number,
  limit?: number,
): Promise<readonly Envelope<K>[]> => ofCategory<K>(await store.readStream(streamName(category, id), from, limit))

/** The events of a stream up to a version, in pages as by `readInPages`, with their types. */
export async function* readHistoryInPages<K extends StreamCategory>(
  store: ReadingStore,
  category: K,
  id: string,
  upTo?: number,
): AsyncGenerator<readonly Envelope<K>[], void, undefined> {
  for await (const page of readInPages(store, streamName(category, id), 1, upTo)) yield ofCategory<K>(page)
}

/** The events of a stream, one after the other, read in pages as by `readInPages`, with their types. */
export async function* walkHistory<K extends StreamCategory>(
  store: ReadingStore,
  category: K,
  id: string,
): AsyncGenerator<Envelope<K>, void, undefined> {
  for await (const page of readHistoryInPages(store, category, id)) yield* page
}

/** Whether an event is of a stream of a category: then it has the type of an event of it. */
export const isOfCategory = <K extends StreamCategory>(envelope: EventEnvelope, category: K): envelope is Envelope<K> =>
  envelope.stream.startsWith(`${category}-`)

/** What a stream of a category holds are events of it: a store reads them by the schemas of their types. */
const ofCategory = <K extends StreamCategory>(envelopes: readonly EventEnvelope[]) =>
  envelopes as readonly Envelope<K>[]
