import { describe, expect, it } from 'vitest'
import type { Aggregate } from './decider.ts'
import type { DomainEvent, EventEnvelope, StreamName } from './event.ts'
import type { EventStore } from './event-store.ts'
import { createStreamCache } from './stream-cache.ts'

const counting = {
  category: 'note',
  initial: 0,
  evolve: (events: number) => events + 1,
} as unknown as Aggregate<never, DomainEvent, number>

/** A store of streams with a number of events and characters; it records the limits of its reads. */
function storeOf(events: number, characters: number) {
  const limits: number[] = []
  const store = {
    readStream: async (stream: StreamName, from = 1, limit = Infinity) => {
      limits.push(limit)
      return Array.from({ length: Math.max(0, Math.min(limit, events - from + 1)) }, (_, n) => ({
        stream,
        version: from + n,
        event: { type: 'Noted', text: 'x'.repeat(characters) },
      })) as unknown as EventEnvelope[]
    },
  } as unknown as EventStore
  return { store, limits }
}

const known = { version: 0, state: 0 }

describe('a stream that is folded', () => {
  it('is read in pages bounded by its texts, however long it is', async () => {
    const { store, limits } = storeOf(300, 65_536)
    expect(await createStreamCache().refresh(store, counting, 'note-1', known)).toEqual({ version: 300, state: 300 })
    expect(Math.max(...limits)).toBeLessThanOrEqual(32)
  })

  it('is read in few pages when its texts are short', async () => {
    const { store, limits } = storeOf(2_000, 10)
    expect(await createStreamCache().refresh(store, counting, 'note-1', known)).toEqual({
      version: 2_000,
      state: 2_000,
    })
    expect(limits.length).toBeLessThanOrEqual(5)
  })

  it('is one page when it is short', async () => {
    const { store, limits } = storeOf(31, 10)
    await createStreamCache().refresh(store, counting, 'note-1', known)
    expect(limits).toHaveLength(1)
  })
})

describe('the cached streams', () => {
  const versions = (cache: ReturnType<typeof createStreamCache>, names: readonly StreamName[]) =>
    names.map((name) => cache.peek(counting, name).version)

  it('are those used last, with a bounded number of events', () => {
    const cache = createStreamCache(10, 1_000)
    for (const name of ['note-1', 'note-2', 'note-3'] as const) cache.keep(name, { version: 400, state: 400 })
    expect(versions(cache, ['note-1', 'note-2', 'note-3'])).toEqual([0, 400, 400])
    cache.keep('note-2', { version: 900, state: 900 })
    expect(versions(cache, ['note-2', 'note-3'])).toEqual([900, 0])
  })

  it('are at least the last one', () => {
    const cache = createStreamCache(10, 1_000)
    cache.keep('note-1', { version: 5_000, state: 5_000 })
    expect(versions(cache, ['note-1'])).toEqual([5_000])
  })

  it('are bounded in number', () => {
    const cache = createStreamCache(2)
    for (const name of ['note-1', 'note-2', 'note-3'] as const) cache.keep(name, { version: 1, state: 1 })
    expect(versions(cache, ['note-1', 'note-2', 'note-3'])).toEqual([0, 1, 1])
  })
})
