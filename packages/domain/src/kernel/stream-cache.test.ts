import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Aggregate } from './decider.ts'
import type { DomainEvent, EventEnvelope, StreamName } from './event.ts'
import type { EventStore, LogObserver, LogTail } from './event-store.ts'
import { readInPages } from './event-store.ts'
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

  it('is read up to a version, without the events behind it', async () => {
    for (const [to, expected] of [
      [0, []],
      [10, [10]],
      [100, [32, 68]],
      [400, [32, 368]],
    ] as const) {
      const { store, limits } = storeOf(300, 10)
      const versions: number[] = []
      for await (const page of readInPages(store, 'note-1', 1, to)) versions.push(...page.map(({ version }) => version))
      expect(versions).toEqual(Array.from({ length: Math.min(to, 300) }, (_, index) => index + 1))
      expect([to, limits]).toEqual([to, expected])
    }
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

describe('the cached streams of a process that follows the log', () => {
  const named = (n: number): StreamName => `note-${n}`

  /** A log, a store over it whose accesses wait for their turn, and its end, which is observed when it is asked for. */
  function logInTurns(turn: () => Promise<unknown>) {
    const log: EventEnvelope[] = []
    const observers = new Set<LogObserver>()
    let next = 0
    const ofStream = (stream: StreamName): EventEnvelope[] => log.filter((each) => each.stream === stream)
    const append = (stream: StreamName): number => {
      const version = ofStream(stream).length + 1
      log.push({ stream, version, event: { type: 'Noted' } } as unknown as EventEnvelope)
      return version
    }
    const tail: LogTail = {
      observe: (observer) => {
        observers.add(observer)
        next = log.length
        observer.began()
        return { isCurrent: () => true, stop: () => observers.delete(observer) }
      },
    }
    const readStream: EventStore['readStream'] = async (stream, from = 1) => {
      await turn()
      const read = ofStream(stream).slice(from - 1)
      await turn()
      return read
    }
    return {
      ofStream,
      append,
      tail,
      store: { readStream } as EventStore,
      observe: (most = Infinity) => {
        const events = log.slice(next, next + most)
        next += events.length
        for (const observer of observers) observer.observed(events)
      },
      /** The last version of a stream that has been observed. */
      observed: (stream: StreamName) => log.slice(0, next).filter((each) => each.stream === stream).length,
      gap: () => {
        next = log.length
        for (const observer of observers) observer.began()
      },
    }
  }

  it('are never behind what was observed, whatever reads, appends and observations are under way', async () => {
    const step = fc.record({
      what: fc.constantFrom('read', 'own', 'other', 'observe', 'all', 'gap', 'forget'),
      on: fc.integer({ min: 1, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.scheduler(), fc.boolean(), async (steps, s, begins) => {
        const log = logInTurns(() => s.schedule(Promise.resolve()))
        const cache = createStreamCache()
        cache.follow(
          log.tail,
          () => counting,
          () => begins,
        )
        const check = (): void => {
          for (const stream of [1, 2, 3].map(named)) {
            const current = cache.current(counting, stream)
            if (!current) continue
            expect(current.state).toBe(current.version)
            expect(current.version).toBeGreaterThanOrEqual(log.observed(stream))
            expect(current.version).toBeLessThanOrEqual(log.ofStream(stream).length)
          }
        }
        const works: Promise<unknown>[] = []
        for (const { what, on } of steps) {
          const stream = named(on)
          if (what === 'read') {
            works.push(cache.refresh(log.store, counting, stream, cache.peek(counting, stream)))
          } else if (what === 'own') {
            const command = async (): Promise<void> => {
              let { version } = cache.peek(counting, stream)
              await s.schedule(Promise.resolve())
              if (version !== log.ofStream(stream).length)
                version = (await cache.refresh(log.store, counting, stream, cache.peek(counting, stream))).version
              if (version !== log.ofStream(stream).length) return
              const appended = log.append(stream)
              await s.schedule(Promise.resolve())
              cache.keep(stream, { version: appended, state: appended })
            }
            works.push(cache.exclusively(stream, command))
          } else if (what === 'other') log.append(stream)
          else if (what === 'observe') log.observe(1)
          else if (what === 'all') log.observe()
          else if (what === 'gap') log.gap()
          else cache.forget(stream)
          check()
          if (s.count() > 0 && on !== 2) await s.waitOne()
          check()
        }
        await s.waitFor(Promise.all(works))
        check()
        log.observe()
        check()
      }),
      { numRuns: 500 },
    )
  })

  it('are current once they were read, also where there is nothing, and learn what others append', async () => {
    const log = logInTurns(async () => undefined)
    const cache = createStreamCache()
    await cache.refresh(log.store, counting, 'note-1', known)
    expect(cache.current(counting, 'note-1')).toBeUndefined()
    const observation = cache.follow(
      log.tail,
      () => counting,
      (stream) => stream === 'note-3',
    )
    expect(cache.current(counting, 'note-1')).toBeUndefined()
    for (const stream of ['note-1', 'note-2'] as const) await cache.refresh(log.store, counting, stream, known)
    expect(cache.current(counting, 'note-1')).toMatchObject({ version: 0, state: 0 })
    for (const stream of ['note-1', 'note-1', 'note-3', 'note-4'] as const) log.append(stream)
    log.observe()
    const versions = ([1, 2, 3, 4] as const).map((n) => cache.current(counting, named(n))?.version)
    expect(versions).toEqual([2, 0, 1, undefined])
    observation.stop()
    expect(cache.current(counting, 'note-1')).toBeUndefined()
    expect(cache.peek(counting, 'note-1').version).toBe(2)
  })
})
