import { describe, expect, it } from 'vitest'
import type { EventEnvelope, EventStore } from '@guichet/domain'
import { inMemoryStore } from '@guichet/domain'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { subscribe } from './subscribe.ts'

const quickly = { first: 1, last: 2 }
const text = ({ event }: EventEnvelope): unknown => 'text' in event && event.text

async function storeWith(...texts: readonly string[]): Promise<EventStore> {
  const store = inMemoryStore({ catalogue: sampleCatalogue })
  for (const each of texts) await store.append(notes(newStream(), 'any', each))
  return store
}

/** Collects a number of events, then stops the subscription. */
function collect(count: number) {
  const done = new AbortController()
  const batches: unknown[][] = []
  const onBatch = (events: readonly EventEnvelope[]): void => {
    batches.push(events.map(text))
    if (batches.flat().length >= count) done.abort()
  }
  return { signal: done.signal, batches, onBatch }
}

describe('a subscription', () => {
  it('delivers history in batches, from after a position', async () => {
    const store = await storeWith('a', 'b', 'c', 'd', 'e', 'f')
    const [first] = await store.readAll({ limit: 1 })
    const { batches, ...handler } = collect(5)
    await subscribe(store, { after: first?.position, batchSize: 2, ...handler })
    expect(batches).toEqual([['b', 'c'], ['d', 'e'], ['f']])
  })

  it('continues with new events as soon as the store wakes it', async () => {
    const store = await storeWith('a')
    const { batches, onBatch, signal } = collect(3)
    const following = subscribe(store, {
      signal,
      onBatch: (events) => {
        onBatch(events)
        if (batches.flat().length < 3) setImmediate(() => void store.append(notes(newStream(), 'any', 'more')))
      },
    })
    await following
    expect(batches).toEqual([['a'], ['more'], ['more']])
  })

  it('finds new events by polling when nothing wakes it', async () => {
    const store = await storeWith()
    const { batches, ...handler } = collect(1)
    const deaf = { ...store, onAppended: () => () => undefined }
    const following = subscribe(deaf, handler)
    await store.append(notes(newStream(), 'any', 'a'))
    await following
    expect(batches).toEqual([['a']])
  })

  it('delivers a failed batch again, and nothing after it before that', async () => {
    const store = await storeWith('a', 'b')
    const { batches, onBatch, signal } = collect(4)
    const failures: number[] = []
    let attempts = 0
    await subscribe(store, {
      batchSize: 1,
      signal,
      retryMs: quickly,
      onError: (_, inARow) => failures.push(inARow),
      onBatch: (events) => {
        onBatch(events)
        if (text(events[0]!) === 'a' && ++attempts <= 2) throw new Error('not yet')
      },
    })
    expect(batches).toEqual([['a'], ['a'], ['a'], ['b']])
    expect(failures).toEqual([1, 2])
  })

  it('survives failures of the store', async () => {
    const store = await storeWith('a')
    const { batches, ...handler } = collect(1)
    let failures = 0
    const shaky: EventStore = {
      ...store,
      readAll: async (request) => {
        if (failures < 3) throw new Error(`failure ${++failures}`)
        return store.readAll(request)
      },
    }
    await subscribe(shaky, { retryMs: quickly, ...handler })
    expect(batches).toEqual([['a']])
    expect(failures).toBe(3)
  })

  it('ends with the error that onError throws', async () => {
    const store = await storeWith('a')
    const following = subscribe(store, {
      signal: new AbortController().signal,
      onBatch: () => {
        throw new Error('broken')
      },
      onError: (error) => {
        throw error
      },
    })
    await expect(following).rejects.toThrow('broken')
  })

  it('stops at once on its signal, while it sleeps, and unsubscribes from wake-ups', async () => {
    const store = await storeWith()
    const done = new AbortController()
    let subscribed = 0
    const counting: EventStore = {
      ...store,
      onAppended: (wake) => {
        subscribed++
        const stop = store.onAppended(wake)
        return () => {
          subscribed--
          stop()
        }
      },
      readAll: async (request) => {
        setImmediate(() => done.abort())
        return store.readAll(request)
      },
    }
    await subscribe(counting, { signal: done.signal, onBatch: () => undefined })
    expect(subscribed).toBe(0)
  })

  it('waits for the batch under way before it ends', async () => {
    const store = await storeWith('a', 'b')
    const done = new AbortController()
    const events: string[] = []
    await subscribe(store, {
      batchSize: 1,
      signal: done.signal,
      onBatch: async (batch) => {
        done.abort()
        await new Promise((resolve) => setImmediate(resolve))
        events.push(`dealt with ${batch.length}`)
      },
    })
    expect(events).toEqual(['dealt with 1'])
  })

  it('delivers nothing when the signal has already come', async () => {
    const store = await storeWith('a')
    const { batches, onBatch } = collect(1)
    await subscribe(store, { signal: AbortSignal.abort(), onBatch })
    expect(batches).toEqual([])
  })
})
