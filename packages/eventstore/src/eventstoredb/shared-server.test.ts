import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventEnvelope, EventStore } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { StoreUnavailable } from '../failure.ts'
import { subscribe } from '../feed/subscribe.ts'
import { eventStoreDbStore } from './store.ts'
import type { EventStoreServer } from './testing/index.ts'
import { startEventStoreServer } from './testing/index.ts'

let server: EventStoreServer
const stopping: (() => Promise<unknown>)[] = []

/** Notes of any length. */
const catalogue = { ...sampleCatalogue, NoteTaken: { schemaVersion: 1, schema: z.object({ text: z.string() }) } }

const opened = async (prefix?: string): Promise<EventStore> => {
  const option = prefix === undefined ? '' : `&streamPrefix=${prefix}`
  const store = await eventStoreDbStore({ connectionString: `${server.url}${option}`, catalogue })
  stopping.push(store.close)
  return store
}

const foreign = (stream: string, contentType = 'application/json', text = '{}'): void => {
  const data = new TextEncoder().encode(text)
  const event = { id: crypto.randomUUID(), type: 'OrderPlaced', contentType, data, metadata: new Uint8Array() }
  server.log.append(stream, 'any', [event])
}

const texts = (events: readonly EventEnvelope[]): unknown[] => events.map(({ event }) => 'text' in event && event.text)

beforeEach(async () => {
  server = await startEventStoreServer()
})

afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
  await server.stop()
})

describe('a server that other applications use too', () => {
  it('gives a store the streams with its prefix, and shows it nothing else', async () => {
    const [one, other] = [await opened('one'), await opened('other')]
    foreign('orders-1')
    foreign('onerous.note-1')
    foreign('orders-2', 'application/octet-stream', 'no JSON')
    await one.append(notes('note-1', 'no_stream', 'a'))
    await other.append(notes('note-1', 'no_stream', 'b', 'c'))
    foreign('orders-1')
    expect(server.log.stream('one.note-1')).toHaveLength(1)
    expect(texts(await one.readAll({ limit: 10 }))).toEqual(['a'])
    expect(texts(await other.readAll({ limit: 10 }))).toEqual(['b', 'c'])
    expect(await one.readStream('note-1')).toEqual(await one.readAll({ limit: 10 }))
    expect(await one.head()).toBe((await one.readStream('note-1'))[0]?.position)
    expect(await one.identity()).not.toBe(await other.identity())
  })

  it('hides the streams of a prefix from a store without one, and finds streams stored without one', async () => {
    const [without, withOne] = [await opened(), await opened('one')]
    await without.append(notes('note-1', 'no_stream', 'a'))
    await withOne.append(notes('note-1', 'no_stream', 'b'))
    expect(texts(await without.readAll({ limit: 10 }))).toEqual(['a'])
    expect(texts(await (await opened()).readAll({ limit: 10 }))).toEqual(['a'])
    await expect(without.append(notes('one.note-1', 'any', 'c'))).rejects.toThrow(RangeError)
  })

  it.each(['application/json', 'application/octet-stream'])(
    'is refused where a stream of the store begins or ends with a foreign event, %s',
    async (contentType) => {
      foreign('note-1', contentType)
      await expect(opened()).rejects.toMatchObject({
        name: 'StoreUnusable',
        reason: 'foreign_events',
        message: expect.stringMatching(/^OrderPlaced at 1 of the stream note-1 was not written by this product$/),
      })
      const store = await opened('one')
      await store.append(notes('note-1', 'no_stream', 'a'))
      foreign('one.note-1', contentType)
      await expect(store.readStream('note-1')).rejects.toThrow(CorruptHistory)
      await expect(store.readAll({ limit: 10 })).rejects.toThrow('OrderPlaced at 2 of the stream note-1')
      await expect(opened('one')).rejects.toMatchObject({ reason: 'foreign_events' })
    },
  )
})

describe('reading all events', () => {
  it('fetches only events of the store, and almost none when polled at the end', async () => {
    const store = await opened('one')
    for (let n = 0; n < 300; n++) {
      await store.append(notes(`note-${n}`, 'no_stream', 'a'))
      for (let m = 0; m < 5; m++) foreign('orders-1')
    }
    const fresh = await opened('one')
    const before = { ...server.traffic }
    expect(await fresh.readAll({ limit: 5_000 })).toHaveLength(300)
    expect(server.traffic.events - before.events).toBeLessThan(310)
    await fresh.head()
    const after = { ...server.traffic }
    for (let poll = 0; poll < 20; poll++) await fresh.head()
    expect(server.traffic.events - after.events).toBeLessThanOrEqual(22)
    for (let n = 0; n < 5_000; n++) foreign('orders-1')
    await fresh.head()
    const searched = { ...server.traffic }
    await fresh.head()
    expect(server.traffic.events - searched.events).toBe(1)
  })

  it('fetches each event once for all readers near the tail', async () => {
    const [store, writer] = [await opened('one'), await opened('one')]
    const position = await store.head()
    const total = 400
    const readers = 11
    const seen: EventEnvelope[][] = []
    const following = Array.from({ length: readers }, async () => {
      const own: EventEnvelope[] = []
      const done = new AbortController()
      seen.push(own)
      await subscribe(store, {
        after: position,
        signal: done.signal,
        onBatch: (events) => {
          own.push(...events)
          if (own.length >= total) done.abort()
        },
      })
    })
    const before = server.traffic.events
    for (let n = 0; n < total / 2; n++) await writer.append(notes(newStream(), 'no_stream', `${n}`, `${n}`))
    await Promise.all(following)
    for (const own of seen) expect(own).toEqual(seen[0])
    expect(seen[0]).toEqual(await writer.readAll({ limit: 1_000 }))
    expect(server.traffic.events - before).toBeLessThan(4 * total)
  })

  it('continues through bursts that exceed the memory, in pages of any size', async () => {
    const [store, writer] = [await opened('one'), await opened('one')]
    await store.head()
    const expected: unknown[] = []
    const read: unknown[] = []
    let after: EventEnvelope['position'] | undefined
    const readOn = async (limit: number): Promise<void> => {
      const page = await store.readAll({ after, limit })
      read.push(...texts(page))
      after = page.at(-1)?.position ?? after
    }
    for (const [round, burst] of [5, 1_200, 3, 2_600, 1, 900].entries()) {
      const more = Array.from({ length: burst }, (_, n) => `${round}/${n}`)
      for (let from = 0; from < burst; from += 100) {
        await writer.append(notes(`note-${round}`, 'any', ...more.slice(from, from + 100)))
      }
      expected.push(...more)
      await readOn(700)
      await store.head()
      await readOn(50)
    }
    while (read.length < expected.length) await readOn(333)
    expect(read).toEqual(expected)
    expect(await store.readAll({ after, limit: 1 })).toEqual([])
  })

  it('accepts no position without an event, nor one after the last', async () => {
    const store = await opened('one')
    const first = await store.append(notes('note-1', 'any', 'a'))
    const [commit] = 'position' in first ? first.position.slice(2).split('/') : []
    for (const off of [Number(commit) + 1, 900_000]) {
      const position = `C:${off}/P:${off}`
      await expect(store.readAll({ after: position as never, limit: 1 })).rejects.toThrow(
        `not a position in this EventStoreDB: ${position}`,
      )
    }
  })
})

describe('another history at the same address', () => {
  it('is neither read nor written, and the store continues when its own history is back', async () => {
    const store = await opened()
    await store.append(notes('note-1', 'no_stream', 'a'))
    const { log, port } = server
    await server.stop()
    server = await startEventStoreServer({ port })
    await expect(store.append(notes('note-2', 'no_stream', 'b'))).rejects.toThrow(StoreUnavailable)
    for (const call of [
      () => store.append(notes('note-2', 'no_stream', 'b')),
      () => store.readStream('note-1'),
      () => store.readAll({ limit: 1 }),
      () => store.head(),
      () => store.identity(),
    ]) {
      await expect(call()).rejects.toThrow(/another event store answers at 127\.0\.0\.1:\d+/)
    }
    expect(server.log.all).toEqual([])
    await server.stop()
    server = await startEventStoreServer({ port, log })
    await expect.poll(() => store.readStream('note-1').then(texts, () => undefined)).toEqual(['a'])
    expect(await store.append(notes('note-1', 1, 'b'))).toMatchObject({ kind: 'appended', version: 2 })
  })
})

describe('an append that is larger than the server accepts', () => {
  it.each([
    ['200 events of 20 kB', 200, 20_000],
    ['one event of 20 MB', 1, 20_000_000],
  ])('is refused for good, and leaves the stream as it was: %s', async (_, count, size) => {
    const store = await opened('one')
    const large = Array.from({ length: count }, () => 'x'.repeat(size))
    expect(await store.append(notes('note-1', 'any', ...large))).toEqual({
      kind: 'too_large',
      limit: expect.any(Number),
    })
    expect(await store.append(notes('note-1', 'no_stream', 'x'))).toMatchObject({ kind: 'appended', version: 1 })
  })
})
