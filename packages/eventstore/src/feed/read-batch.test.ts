import { expect, it } from 'vitest'
import type { EventEnvelope, EventStore, ReadAll } from '@guichet/domain'
import { CorruptHistory, inMemoryStore } from '@guichet/domain'
import {
  catalogueWithoutAmounts,
  newStream,
  notes,
  sampleActor,
  sampleCatalogue,
  sampleInstant,
} from '../contract/harness.ts'
import { readBatch } from './feed.ts'

async function storeWith(...texts: readonly string[]): Promise<EventStore & { readonly requests: ReadAll[] }> {
  const store = inMemoryStore({ catalogue: sampleCatalogue })
  for (const text of texts) await store.append(notes(newStream(), 'any', text))
  const requests: ReadAll[] = []
  return {
    ...store,
    requests,
    readAll: async (request) => {
      requests.push(request)
      return store.readAll(request)
    },
  }
}

const large = 'x'.repeat(10_000)

it('ends a batch at the first bound that is reached, and reports whether more may follow', async () => {
  const store = await storeWith('a', 'b', large, large, 'c')
  const lengths = async (limit: number, maxBytes: number): Promise<[number, boolean]> => {
    const { events, more } = await readBatch(store, undefined, { limit, maxBytes })
    return [events.length, more]
  }
  expect(await lengths(2, 1_000_000)).toEqual([2, true])
  expect(await lengths(9, 1_000_000)).toEqual([5, false])
  expect(await lengths(9, 12_000)).toEqual([3, true])
})

it('returns an event alone that exceeds all bounds', async () => {
  const store = await storeWith(large, 'a')
  const { events, more } = await readBatch(store, undefined, { limit: 9, maxBytes: 100 })
  expect(events.map(({ version }) => version)).toEqual([1])
  expect(more).toBe(true)
})

it('continues where the last batch ended, with the same events as one large batch', async () => {
  const store = await storeWith(...Array.from({ length: 40 }, (_, n) => 'y'.repeat((n * 997) % 5_000)))
  const whole = await store.readAll({ limit: 100 })
  const read = []
  for (;;) {
    const { events, more } = await readBatch(store, read.at(-1)?.position, { limit: 7, maxBytes: 8_000 })
    read.push(...events)
    if (!more) break
  }
  expect(read).toEqual(whole)
})

it('requests small pages from the store, however large a batch may be', async () => {
  const store = await storeWith('a')
  await readBatch(store, undefined, { limit: 5_000 })
  expect(store.requests.every(({ limit }) => limit <= 500)).toBe(true)
})

it('delivers the events before an unreadable one, and then fails', async () => {
  const { log, ...store } = inMemoryStore({ catalogue: sampleCatalogue })
  const readable = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await store.append(notes(newStream(), 'any', 'a'))
  }
  await readable(37)
  const amount = { type: 'AmountSet', at: sampleInstant, by: sampleActor, cents: 1 }
  await store.append({ stream: newStream(), expectedVersion: 'any', commandId: 'c', events: [amount] })
  await readable(5)
  const unaware = inMemoryStore({ catalogue: catalogueWithoutAmounts, log })
  const read: EventEnvelope[] = []
  const goOn = async (): Promise<never> => {
    for (;;) read.push(...(await readBatch(unaware, read.at(-1)?.position, { limit: 100 })).events)
  }
  await expect(goOn()).rejects.toThrow(CorruptHistory)
  expect(read).toHaveLength(37)
})
