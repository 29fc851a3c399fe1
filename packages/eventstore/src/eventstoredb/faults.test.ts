import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { newStream, notes, sampleCatalogue as catalogue } from '../contract/harness.ts'
import { AppendOutcomeUnknown, StoreUnavailable, StreamDeleted, StreamTruncated } from '../failure.ts'
import { isDatabaseAway } from '../postgres/pool.ts'
import { eventStoreDbStore } from './store.ts'
import type { EventStoreServer } from './testing/index.ts'
import { startEventStoreServer } from './testing/index.ts'

let server: EventStoreServer
let store: EventStore
const stopping: (() => Promise<unknown>)[] = []

const opened = async (url = server.url, patienceMs = 10_000): Promise<EventStore> => {
  const other = await eventStoreDbStore({ connectionString: url, catalogue, patienceMs })
  stopping.push(other.close)
  return other
}

/** A store of little patience, which a busy machine may answer too late: it is opened again until it is answered. */
const openedWithin = (patienceMs: number): Promise<EventStore> =>
  vi.waitFor(() => opened(server.url, patienceMs), { interval: 5 })

const texts = async (stream: string): Promise<unknown[]> =>
  (await store.readStream(stream)).map(({ event }) => 'text' in event && event.text)

beforeEach(async () => {
  server = await startEventStoreServer()
  store = await opened()
})

afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
  await server.stop()
})

describe('an append to EventStoreDB', () => {
  it('is decided again when another writer was faster', async () => {
    const [stream, other] = [newStream(), await opened()]
    await store.append(notes(stream, 'any', 'a'))
    await other.append(notes(stream, 'any', 'b'))
    expect(await store.append(notes(stream, 'any', 'c'))).toMatchObject({ kind: 'appended', version: 3 })
    await other.append(notes(stream, 'stream_exists', 'd'))
    expect(await store.append(notes(stream, 3, 'e'))).toEqual({ kind: 'conflict', actualVersion: 4 })
    await other.append(notes(stream, 'any', 'f'))
    expect(await store.append(notes(stream, 5, 'g'))).toMatchObject({ kind: 'appended', version: 6 })
    expect(await texts(stream)).toEqual(['a', 'b', 'c', 'd', 'f', 'g'])
  })

  it('is recognised as a repeat of an append of another process', async () => {
    const [append, other] = [notes(newStream(), 'any', 'a'), await opened()]
    await store.readStream(append.stream)
    const first = await other.append(append)
    await other.append(notes(append.stream, 'any', 'b'))
    expect(await store.append(append)).toEqual({ ...first, kind: 'duplicate' })
    expect(await store.append({ ...append, expectedVersion: 7 })).toEqual({ ...first, kind: 'duplicate' })
  })

  it('is recognised as a repeat where its events were read in part', async () => {
    const append = notes(newStream(), 'any', 'a', 'b', 'c')
    const first = await store.append(append)
    const reader = await opened()
    expect(await reader.readStream(append.stream, 1, 2)).toHaveLength(2)
    expect(await reader.append(append)).toEqual({ ...first, kind: 'duplicate' })
  })

  it('is stored once when the answer is lost, and returns the position that readers see', async () => {
    const append = notes(newStream(), 'no_stream', 'a', 'b')
    server.faults.lostAnswers = 1
    const outcome = await store.append(append)
    const [, last] = await store.readStream(append.stream)
    expect(outcome).toEqual({ kind: 'appended', version: 2, position: last?.position })
    expect(await texts(append.stream)).toEqual(['a', 'b'])
  })

  it('ends unknown when every answer is lost, and is a duplicate when it is sent again', async () => {
    const append = notes(newStream(), 'any', 'a')
    server.faults.lostAnswers = 100
    await expect(store.append(append)).rejects.toThrow(AppendOutcomeUnknown)
    server.faults.lostAnswers = 0
    expect(await store.append(append)).toMatchObject({ kind: 'duplicate', version: 1 })
    expect(await texts(append.stream)).toEqual(['a'])
  })

  it('ends unknown when the answer is too slow, and is a duplicate when it is sent again', async () => {
    const hasty = await opened(`${server.url}&defaultDeadline=150`)
    const append = notes(newStream(), 'any', 'a')
    let answer = (): void => undefined
    server.faults.answersHeld = new Promise<void>((resolve) => (answer = resolve))
    await expect(hasty.append(append)).rejects.toThrow(AppendOutcomeUnknown)
    server.faults.answersHeld = undefined
    answer()
    expect(await hasty.append(append)).toMatchObject({ kind: 'duplicate', version: 1 })
    expect(await texts(append.stream)).toEqual(['a'])
  })

  it('is recognised as a repeat although its stream left the cache while the next one was under way', async () => {
    const forgetful = await eventStoreDbStore({
      connectionString: server.url,
      catalogue,
      knownCommands: 4,
    })
    stopping.unshift(forgetful.close)
    const stream = newStream()
    const first = notes(stream, 'any', 'a')
    await forgetful.append(first)
    let answer = (): void => undefined
    server.faults.answersHeld = new Promise<void>((resolve) => (answer = resolve))
    const second = forgetful.append(notes(stream, 'any', 'b'))
    await vi.waitUntil(() => texts(stream).then(({ length }) => length === 2), { interval: 5 })
    server.faults.answersHeld = undefined
    for (const text of ['c', 'd', 'e']) await forgetful.append(notes(newStream(), 'any', text))
    answer()
    await second
    expect(await forgetful.append(first)).toMatchObject({ kind: 'duplicate', version: 1 })
    expect(await texts(stream)).toEqual(['a', 'b'])
  })

  it('is retried while the server is not ready, and in the end leaves the outcome unknown', async () => {
    const stream = newStream()
    server.faults.unavailable = 2
    expect(await store.append(notes(stream, 'no_stream', 'a'))).toMatchObject({ kind: 'appended', version: 1 })
    server.faults.unavailable = 100
    await expect(store.append(notes(stream, 1, 'b'))).rejects.toThrow(AppendOutcomeUnknown)
    server.faults.unavailable = 0
    expect(await texts(stream)).toEqual(['a'])
  })

  it('follows the leader when it changes', async () => {
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a'))
    const next = await startEventStoreServer({ log: server.log })
    stopping.unshift(next.stop)
    server.faults.leader = { host: '127.0.0.1', port: next.port }
    expect(await store.append(notes(stream, 1, 'b'))).toMatchObject({ kind: 'appended', version: 2 })
    await store.close()
    expect((await (await opened(next.url)).readStream(stream)).map(({ version }) => version)).toEqual([1, 2])
  })

  it('is not written without a connection, and succeeds when the server is back', async () => {
    const append = notes(newStream(), 'no_stream', 'a')
    await server.stop()
    // At once: the longer the server is away, the longer the client pauses between its attempts to connect.
    const [appended, read] = await Promise.allSettled([store.append(append), store.readStream(append.stream)])
    expect(appended).toMatchObject({ reason: expect.any(StoreUnavailable) })
    expect(appended).toMatchObject({ reason: expect.toSatisfy(isDatabaseAway) })
    expect(read).toMatchObject({ reason: expect.any(StoreUnavailable) })
    server = await startEventStoreServer({ log: server.log, port: server.port })
    await expect.poll(() => store.append(append)).toMatchObject({ kind: 'appended', version: 1 })
  })

  it('is refused for good when it is too large, and leaves the stream as it was', async () => {
    const stream = newStream()
    server.faults.maxAppendSize = 1_000
    for (const large of [['x'.repeat(2_000)], ['x'.repeat(600), 'y'.repeat(600)]]) {
      expect(await store.append(notes(stream, 'any', ...large))).toEqual({ kind: 'too_large', limit: 1_000 })
    }
    expect(await store.append(notes(stream, 'no_stream', 'x'))).toMatchObject({ kind: 'appended', version: 1 })
  })

  it.each(['$settings', 'ticket-\ud800'])('is refused for the stream %j', async (stream) => {
    await expect(store.append(notes(stream, 'any', 'a'))).rejects.toThrow(/stream/)
    expect(server.log.all.filter((event) => !event.stream.startsWith('$$'))).toEqual([])
  })

  it('ends before the store closes', async () => {
    const closing = await opened()
    let answer = (): void => undefined
    server.faults.answersHeld = new Promise<void>((resolve) => (answer = resolve))
    const ended: string[] = []
    const appending = closing.append(notes(newStream(), 'no_stream', 'a')).then(({ kind }) => ended.push(kind))
    const closed = closing.close().then(() => ended.push('closed'))
    await expect.poll(() => server.log.all.length).toBeGreaterThan(0)
    answer()
    await Promise.all([appending, closed])
    expect(ended).toEqual(['appended', 'closed'])
    await expect(closing.append(notes(newStream(), 'any', 'a'))).rejects.toThrow('the store was closed')
    await expect(closing.head()).rejects.toThrow('the store was closed')
  })
})

describe('a stream that was tampered with', () => {
  it('can be neither read nor appended to once it is deleted', async () => {
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a'))
    server.log.tombstone(stream)
    await expect(store.append(notes(stream, 'any', 'b'))).rejects.toThrow(StreamDeleted)
    await expect(store.readStream(stream)).rejects.toThrow(StreamDeleted)
    expect(await store.readAll({ limit: 10 })).toHaveLength(1)
    expect(await store.head()).toBe((await store.readAll({ limit: 1 }))[0]?.position)
  })

  it.each(['for good', 'so that it can be written again'])(
    'is refused ten seconds after it was deleted %s',
    async (how) => {
      vi.useFakeTimers({ toFake: ['performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const stream = newStream()
      await store.append(notes(stream, 'any', 'a'))
      if (how === 'for good') server.log.tombstone(stream)
      else server.log.softDelete(stream)
      vi.advanceTimersByTime(10_000)
      await expect(store.append(notes(stream, 'any', 'b'))).rejects.toThrow(StreamDeleted)
      await expect(store.append(notes(stream, 1, 'b'))).rejects.toThrow(StreamDeleted)
      await expect((await opened()).append(notes(stream, 'no_stream', 'b'))).rejects.toThrow(StreamDeleted)
    },
  )

  it('is refused as the identity of the store', async () => {
    server.log.tombstone('guichet-store')
    await expect(opened()).rejects.toMatchObject({ name: 'StoreUnusable', reason: 'identity_missing' })
  })

  it('does not count as new after a deletion that allows new writes', async () => {
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a', 'b'))
    server.log.softDelete(stream)
    const fresh = await opened()
    const stored = server.log.all.length
    await expect(fresh.append(notes(stream, 'no_stream', 'c'))).rejects.toThrow(StreamDeleted)
    await expect(fresh.append(notes(stream, 'any', 'c'))).rejects.toThrow(StreamDeleted)
    await expect(fresh.readStream(stream)).rejects.toThrow(StreamDeleted)
    expect(server.log.all).toHaveLength(stored)
  })

  it('accepts no append from a process that knows it, seconds after its deletion', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a'))
    vi.advanceTimersByTime(10_000)
    await store.append(notes(stream, 'any', 'b'))
    server.log.softDelete(stream)
    const stored = server.log.all.length
    vi.advanceTimersByTime(10_000)
    await expect(store.append(notes(stream, 'any', 'c'))).rejects.toThrow(StreamDeleted)
    await expect(store.append(notes(stream, 2, 'c'))).rejects.toThrow(StreamDeleted)
    expect(server.log.all).toHaveLength(stored)
  })

  const limit = (stream: string, maxCount: number): void => {
    const event = { id: crypto.randomUUID(), type: '$metadata', contentType: 'application/json' }
    const data = new TextEncoder().encode(JSON.stringify({ $maxCount: maxCount }))
    server.log.append(`$$${stream}`, 'any', [{ ...event, data, metadata: new Uint8Array() }])
  }

  it('accepts no append from a process that knows it, seconds after it has lost its first events', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a', 'b'))
    limit(stream, 3)
    vi.advanceTimersByTime(10_000)
    await store.append(notes(stream, 'any', 'c'))
    limit(stream, 1)
    const stored = server.log.all.length
    vi.advanceTimersByTime(5_000)
    // What is left can be read on by who knows the rest.
    expect(await store.readStream(stream, 4)).toEqual([])
    vi.advanceTimersByTime(5_000)
    expect(await store.readStream(stream, 4)).toEqual([])
    await expect(store.append(notes(stream, 'any', 'd'))).rejects.toThrow(StreamTruncated)
    await expect(store.append(notes(stream, 3, 'd'))).rejects.toThrow(StreamTruncated)
    expect(server.log.all).toHaveLength(stored)
  })

  it('is refused when it has lost its first events', async () => {
    const stream = newStream()
    await store.append(notes(stream, 'any', 'a', 'b', 'c'))
    limit(stream, 1)
    const fresh = await opened()
    await expect(fresh.readStream(stream)).rejects.toThrow(StreamTruncated)
    await expect(fresh.append(notes(stream, 3, 'd'))).rejects.toThrow(StreamTruncated)
    await expect(fresh.append(notes(stream, 'no_stream', 'd'))).rejects.toThrow(StreamTruncated)
  })

  it('is reported when another program has written to it', async () => {
    const nothing = new Uint8Array()
    const event = { id: crypto.randomUUID(), type: 'NoteTaken', contentType: 'application/json' }
    server.log.append('note-x', 'any', [{ ...event, data: nothing, metadata: nothing }])
    await expect(store.readStream('note-x')).rejects.toThrow('NoteTaken at 1 of the stream note-x')
    await expect(store.readAll({ limit: 10 })).rejects.toThrow(CorruptHistory)
  })
})

describe('a read from EventStoreDB', () => {
  it('is retried while the server is not ready, and in the end fails', async () => {
    await store.append(notes(newStream(), 'any', 'a'))
    server.faults.unavailable = 2
    expect(await store.readAll({ limit: 10 })).toHaveLength(1)
    server.faults.unavailable = 100
    await expect(store.readAll({ limit: 10 })).rejects.toThrow(StoreUnavailable)
  })

  it('gives up on a server that falls silent', async () => {
    const hasty = await openedWithin(150)
    server.faults.silentReads = true
    await expect(hasty.readAll({ limit: 10 })).rejects.toThrow(StoreUnavailable)
    await expect(hasty.readStream('note-1')).rejects.toThrow('silent for 150 ms')
  })

  it.each(['forwards', 'backwards'])('waits while the server searches a long stretch %s', async (direction) => {
    const hasty = await openedWithin(500)
    await store.append(notes(newStream(), 'any', 'a'))
    let found = (): void => undefined
    server.faults.searching = new Promise<void>((resolve) => (found = resolve))
    const before = server.traffic.reads
    const reading = direction === 'forwards' ? hasty.readAll({ limit: 10 }) : hasty.head()
    const outcome = reading.then(
      () => 'read',
      (error: unknown) => error,
    )
    let ended = false
    void outcome.then(() => (ended = true))
    // Besides the search itself, the store checked three times whether the server is still there.
    await vi.waitUntil(() => ended || server.traffic.reads - before > 5, { interval: 5 })
    found()
    expect(await outcome).toBe('read')
  })

  it('gives up on a server that falls silent while it searches', async () => {
    const hasty = await openedWithin(150)
    server.faults.searching = new Promise<void>(() => undefined)
    const reading = expect(hasty.readAll({ limit: 10 })).rejects.toThrow('silent for 150 ms')
    const before = server.traffic.reads
    await vi.waitUntil(() => server.traffic.reads > before + 1, { interval: 5 })
    server.faults.silentReads = true
    await reading
  })

  it('ends when the store is closed', async () => {
    const closing = await opened()
    server.faults.silentReads = true
    const reading = closing.readAll({ limit: 10 })
    await Promise.all([expect(reading).rejects.toThrow(StoreUnavailable), closing.close()])
  })

  it('skips any number of events that the server writes for itself', async () => {
    const nothing = new Uint8Array()
    const statistics = { type: '$statsCollected', contentType: 'application/json', data: nothing, metadata: nothing }
    const collect = (count: number): void => {
      const events = Array.from({ length: count }, () => ({ ...statistics, id: crypto.randomUUID() }))
      server.log.append('$stats-127.0.0.1:2113', 'any', events)
    }
    collect(3)
    expect(await store.head()).toBeUndefined()
    const stream = newStream()
    const first = await store.append(notes(stream, 'any', 'a'))
    collect(2_500)
    expect(await store.head()).toBe('position' in first && first.position)
    const last = await store.append(notes(stream, 'any', 'b'))
    collect(50)
    expect(await store.head()).toBe('position' in last && last.position)
    expect((await store.readAll({ limit: 2 })).map(({ version }) => version)).toEqual([1, 2])
    expect((await store.readAll({ limit: 1 })).map(({ version }) => version)).toEqual([1])
  })

  it('accepts no position of another store, or of another history', async () => {
    await store.append(notes(newStream(), 'any', 'a'))
    await expect(store.readAll({ after: '12-34' as never, limit: 1 })).rejects.toThrow(RangeError)
    await expect(store.readAll({ after: 'C:7/P:7' as never, limit: 1 })).rejects.toThrow(RangeError)
  })
})

describe('a wake-up', () => {
  it.each(['with an error', 'quietly'] as const)('resumes after the subscription has ended %s', async (how) => {
    let wakes = 0
    const [reader, writer] = [await opened(), store]
    reader.onAppended(() => wakes++)
    await expect.poll(() => wakes).toBe(1)
    server.dropSubscriptions(how)
    await expect.poll(() => wakes).toBe(2)
    expect(server.subscribed()).toBe(2)
    await writer.append(notes(newStream(), 'any', 'a'))
    await expect.poll(() => wakes).toBe(3)
  })

  it('resumes after the server was away', async () => {
    let wakes = 0
    store.onAppended(() => wakes++)
    await expect.poll(() => wakes).toBe(1)
    await server.stop()
    server = await startEventStoreServer({ log: server.log, port: server.port })
    await expect.poll(() => wakes).toBe(2)
  })
})
