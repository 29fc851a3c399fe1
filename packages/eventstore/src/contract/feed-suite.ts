import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EventEnvelope, EventStore, Position, ReadAll } from '@guichet/domain'
import { CheckpointNotInLog } from '../feed/checkpoint.ts'
import type { Feed } from '../feed/feed.ts'
import { createFeed } from '../feed/feed.ts'
import { consume } from '../feed/subscribe.ts'
import type { Harness } from './harness.ts'
import { newStream, notes, sampleCatalogue } from './harness.ts'
import { readableNow, readOn } from './reading.ts'

const patience = { timeout: 120_000, interval: 5 }

/** A back-off for tests, in milliseconds. */
const quickly = { first: 1, last: 5 }

const small = { windowBytes: 4_000, pollMs: quickly, retryMs: quickly, gatherMs: 0 }
const text = ({ event }: EventEnvelope): unknown => ('text' in event ? event.text : undefined)

/** Registers the tests of the feed on a store. */
export function feedSuite(name: string, makeHarness: () => Promise<Harness>): void {
  describe(`${name}, by its feed,`, () => {
    let harness: Harness
    let store: EventStore

    beforeAll(async () => {
      harness = await makeHarness()
      store = await harness.open(sampleCatalogue)
    })

    afterAll(async () => {
      await store.close()
      await harness.dispose?.()
    })

    const write = async (stream: string, count: number, size = 10): Promise<void> => {
      for (let n = 0; n < count; n++) await store.append(notes(stream, 'any', `${n}`.padEnd(size, '.')))
    }
    const reach = async (consumers: readonly Consumer[], end: Position): Promise<Position> => {
      await vi.waitUntil(
        () => consumers.every(({ checkpoint }) => checkpoint && store.comparePositions(checkpoint, end) >= 0),
        patience,
      )
      return end
    }
    const stop = async (consumers: readonly Consumer[]): Promise<void> => {
      for (const consumer of consumers) consumer.kill()
      await Promise.all(consumers.map(({ ended }) => ended))
    }

    it('delivers the same frozen objects to consumers at the tail, and decodes each event once for all of them', async () => {
      const from = await readableNow(store)
      const { state, store: counted } = watched(store)
      const feed = createFeed(counted)
      const consumers = Array.from({ length: 11 }, (_, n) =>
        start(feed, from, { turns: n, gatherMs: n % 3 === 0 ? 5 : 0, batchSize: 1 + n * 7 }),
      )
      // Events that are written from now on come after the feed's start.
      expect((await feed.next(from, { limit: 1 })).events).toEqual([])
      await write(newStream(), 200)
      const end = await reach(consumers, await readableNow(store))
      await stop(consumers)
      const expected = await readOn(store, from, 10_000, end)
      for (const { seen } of consumers) {
        expect(seen).toEqual(expected)
        for (const [index, envelope] of seen.entries()) expect(envelope).toBe(consumers[0]?.seen[index])
      }
      expect(state.decoded).toBe(expected.length)
      for (const envelope of consumers[0]?.seen ?? []) {
        expect([envelope, envelope.event, envelope.event.by].every((each) => Object.isFrozen(each))).toBe(true)
      }
    })

    it('lets an observer know every event before any consumer does, after a failed read too', async () => {
      const from = await readableNow(store)
      const { state, store: shaky } = watched(store)
      const feed = createFeed(shaky, small)
      const begun: number[] = []
      const observed: EventEnvelope[] = []
      const observation = feed.observe({
        began: () => begun.push(observed.length),
        observed: (events) => void observed.push(...events),
      })
      const early: EventEnvelope[] = []
      const dying = new AbortController()
      const watching = consume(feed, {
        after: from,
        signal: dying.signal,
        retryMs: quickly,
        onBatch: (events) => void early.push(...events.filter((each) => !observed.includes(each))),
      })
      await vi.waitUntil(() => observation.isCurrent(), patience)
      const consumers = [start(feed, from, { turns: 2 }), start(feed, from, { failures: 2 })]
      await write(newStream(), 20)
      await reach(consumers, await readableNow(store))
      state.away = true
      await write(newStream(), 20, 900)
      await vi.waitUntil(() => state.refused > 0, patience)
      state.away = false
      const end = await reach(consumers, await readableNow(store))
      await stop(consumers)
      dying.abort()
      await watching
      expect(observed).toEqual(await readOn(store, from, 10_000, end))
      expect({ begun, early }).toEqual({ begun: [0], early: [] })
      observation.stop()
      await vi.waitUntil(() => state.reading === 0 && feed.held().events === 0, patience)
      const { length } = observed
      await write(newStream(), 1)
      await readableNow(store)
      expect(observation.isCurrent()).toBe(false)
      expect(observed).toHaveLength(length)
    })

    it('reads nothing for an observer alone, and begins anew for it with each first consumer', async () => {
      const { state, store: counted } = watched(store)
      const feed = createFeed(counted, small)
      const begun: number[] = []
      const observed: EventEnvelope[] = []
      const observation = feed.observe({
        began: () => begun.push(observed.length),
        observed: (events) => void observed.push(...events),
      })
      await write(newStream(), 5)
      expect([state.decoded, observation.isCurrent()]).toEqual([0, false])
      for (let turn = 1; turn <= 2; turn++) {
        const from = await readableNow(store)
        const consumer = start(feed, from)
        await vi.waitUntil(() => begun.length === turn && observation.isCurrent(), patience)
        await write(newStream(), 5)
        const end = await reach([consumer], await readableNow(store))
        await stop([consumer])
        expect(observed.splice(0)).toEqual(await readOn(store, from, 10_000, end))
        await write(newStream(), 5)
        expect(observed).toEqual([])
      }
      observation.stop()
    })

    it('limits its memory to its bound, and lets a slow or failing consumer catch up without delaying the others', async () => {
      const from = await readableNow(store)
      const feed = createFeed(store, small)
      let release: () => void = () => undefined
      const held = new Promise<void>((resolve) => (release = resolve))
      const stuck = new AbortController()
      const late: EventEnvelope[] = []
      const slow = consume(feed, {
        after: from,
        signal: stuck.signal,
        retryMs: quickly,
        onBatch: async (events) => {
          await held
          late.push(...events)
        },
      })
      const quick = start(feed, from)
      const failing = start(feed, from, { failures: 5 })
      const most: number[] = []
      const watch = feed.join(() => most.push(feed.held().bytes))
      await write(newStream(), 60, 500)
      const end = await readableNow(store)
      await reach([quick, failing], end)
      expect(late).toEqual([])
      release()
      const expected = await readOn(store, from, 10_000, end)
      await vi.waitUntil(() => late.length >= expected.length, patience)
      stuck.abort()
      await slow
      watch()
      await stop([quick, failing])
      for (const seen of [late, quick.seen, failing.seen]) expect(seen).toEqual(expected)
      expect(Math.max(...most)).toBeLessThanOrEqual(small.windowBytes)
    })

    it('resumes when the store comes back, and rejects reads meanwhile', async () => {
      const from = await readableNow(store)
      const { state, store: shaky } = watched(store)
      const feed = createFeed(shaky, small)
      const consumers = [start(feed, from), start(feed, from, { gatherMs: 2 })]
      await write(newStream(), 3)
      await reach(consumers, await readableNow(store))
      state.away = true
      const failed = vi.waitUntil(
        () =>
          feed.next(consumers[0]?.checkpoint, { limit: 1 }).then(
            () => false,
            (error: unknown) => String(error).includes('away'),
          ),
        patience,
      )
      await write(newStream(), 3)
      await failed
      state.away = false
      const end = await reach(consumers, await readableNow(store))
      await stop(consumers)
      const expected = await readOn(store, from, 10_000, end)
      for (const { seen } of consumers) expect(seen).toEqual(expected)
    })

    it('rejects a consumer whose position the log does not reach, and serves the others', async () => {
      await write(newStream(), 1)
      const end = await readableNow(store)
      const feed = createFeed(store, small)
      const beside = start(feed, end)
      await feed.next(end, { limit: 1 })
      const beyond = end?.replace(/\d+/, (digits) => `${digits}0`) as Position
      await expect(feed.next(beyond, { limit: 1 })).rejects.toThrow(CheckpointNotInLog)
      await write(newStream(), 1)
      await reach([beside], await readableNow(store))
      await stop([beside])
    })

    it('asks after a failed read whether the log still has its last event, and rejects reads while it has not', async () => {
      const from = await readableNow(store)
      const { state, store: shaky } = watched(store)
      let isOlderBackup = false
      const isAhead = async (position: Position) => isOlderBackup || store.isAhead(position)
      const feed = createFeed({ ...shaky, isAhead }, small)
      const consumer = start(feed, from)
      await write(newStream(), 3)
      await reach([consumer], await readableNow(store))
      isOlderBackup = true
      state.away = true
      await vi.waitUntil(() => state.refused > 0, patience)
      state.away = false
      const rejected = (): Promise<boolean> =>
        feed.next(consumer.checkpoint, { limit: 1 }).then(
          () => false,
          (error: unknown) => error instanceof CheckpointNotInLog,
        )
      await vi.waitUntil(rejected, patience)
      isOlderBackup = false
      await write(newStream(), 3)
      const end = await reach([consumer], await readableNow(store))
      await stop([consumer])
      expect(consumer.seen).toEqual(await readOn(store, from, 10_000, end))
    })

    it('starts although the store is away at first', async () => {
      const from = await readableNow(store)
      const { state, store: shaky } = watched(store)
      state.away = true
      const consumer = start(createFeed(shaky, small), from)
      await write(newStream(), 2)
      state.away = false
      const end = await reach([consumer], await readableNow(store))
      await stop([consumer])
      expect(consumer.seen).toEqual(await readOn(store, from, 10_000, end))
    })

    it('reports the position to a consumer of some types while events of other types happen', async () => {
      const from = await readableNow(store)
      const feed = createFeed(store, small)
      const consumer = start(feed, from, { types: ['AmountSet'] })
      await write(newStream(), 5)
      await reach([consumer], await readableNow(store))
      expect(consumer.seen).toEqual([])
      await stop([consumer])
    })

    it('reads nothing without consumers', async () => {
      const { state, store: counted } = watched(store)
      const feed = createFeed(counted, small)
      const consumer = start(feed, await readableNow(store))
      await write(newStream(), 2)
      await reach([consumer], await readableNow(store))
      await stop([consumer])
      await vi.waitUntil(() => state.reading === 0, patience)
      const { decoded } = state
      await write(newStream(), 3)
      expect(feed.held()).toEqual({ events: 0, bytes: 0 })
      expect(state.decoded).toBe(decoded)
    })

    it('delivers each event once and in order to consumers that are slow, fail, start late or are killed and restarted', async () => {
      const mannerOf = fc.record({
        batchSize: fc.integer({ min: 1, max: 40 }),
        gatherMs: fc.integer({ min: 0, max: 3 }),
        turns: fc.integer({ min: 0, max: 8 }),
        failures: fc.integer({ min: 0, max: 3 }),
      })
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('write' as const),
          count: fc.integer({ min: 1, max: 15 }),
          size: fc.integer({ min: 1, max: 900 }),
        }),
        fc.record({ kind: fc.constant('start' as const), manner: mannerOf }),
        fc.record({ kind: fc.constant('kill' as const), which: fc.nat(5), manner: mannerOf }),
        fc.record({ kind: fc.constant('pass' as const), turns: fc.integer({ min: 1, max: 20 }) }),
        fc.record({ kind: fc.constant('restart' as const) }),
        fc.record({ kind: fc.constant('outage' as const), turns: fc.integer({ min: 1, max: 10 }) }),
      )
      const steps = fc.array(step, { minLength: 3, maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(mannerOf, steps, async (first, history) => {
          const from = await readableNow(store)
          const { state, store: shaky } = watched(store)
          let feed = createFeed(shaky, small)
          let consumers = [start(feed, from, first)]
          const again = async (dying: Consumer, manner: Manner): Promise<Consumer> => {
            dying.kill()
            await dying.ended
            return start(feed, from, manner, dying)
          }
          for (const each of history) {
            if (each.kind === 'write') await write(newStream(), each.count, each.size)
            else if (each.kind === 'start') consumers.push(start(feed, from, each.manner))
            else if (each.kind === 'kill') {
              const which = each.which % consumers.length
              const dying = consumers[which]
              if (dying) consumers = consumers.with(which, await again(dying, each.manner))
            } else if (each.kind === 'restart') {
              feed = createFeed(shaky, small)
              consumers = await Promise.all(consumers.map((dying) => again(dying, {})))
            } else {
              state.away = each.kind === 'outage'
              for (let turn = 0; turn < each.turns; turn++) await nextTurn()
              state.away = false
            }
          }
          const end = await reach(consumers, await readableNow(store))
          await stop(consumers)
          const expected = (await readOn(store, from, 10_000, end)).map(({ position }) => position)
          for (const { seen } of consumers) expect(seen.map(({ position }) => position)).toEqual(expected)
          expect(expected.length).toBeGreaterThan(0)
        }),
        { numRuns: harness.soleWriter ? 60 : 15 },
      )
    })

    it('delivers no event of an unfinished append, and none that readAll does not return', async () => {
      const from = await readableNow(store)
      const feed = createFeed(store, small)
      const consumers = [start(feed, from), start(feed, from, { turns: 3 })]
      const unfinished = notes(newStream(), 'any', 'slow')
      const slow = await harness.appendSlowly?.(unfinished)
      await store.append(notes(newStream(), 'any', 'fast'))
      let reads = 0
      const leave = feed.join(() => reads++)
      await vi.waitUntil(() => reads >= 3, patience)
      leave()
      for (const { seen } of consumers) {
        const readable = await readOn(store, from, 10_000, seen.at(-1)?.position)
        expect(seen.length).toBeLessThanOrEqual(readable.length)
      }
      await (slow?.commit() ?? store.append(unfinished))
      const end = await reach(consumers, await readableNow(store))
      await stop(consumers)
      const expected = await readOn(store, from, 10_000, end)
      for (const { seen } of consumers) expect(seen).toEqual(expected)
      expect(expected.map(text)).toEqual(expect.arrayContaining(['slow', 'fast']))
    })
  })
}

/** A consumer whose rows and checkpoint are one, as in a transaction. */
type Consumer = {
  readonly seen: EventEnvelope[]
  checkpoint: Position | undefined
  /** Dies at once: work under way is lost. */
  kill(): void
  readonly ended: Promise<void>
}

/** The behaviour of a consumer. */
type Manner = {
  readonly types?: readonly string[]
  readonly batchSize?: number
  readonly gatherMs?: number
  /** How many turns of the event loop a batch takes. */
  readonly turns?: number
  /** How many of its first batches fail. */
  readonly failures?: number
}

/** Lets a consumer follow a feed from a position, or continue where another consumer has ended. */
function start(feed: Feed, after: Position | undefined, manner: Manner = {}, before?: Consumer): Consumer {
  const dying = new AbortController()
  let { failures = 0 } = manner
  const consumer: Consumer = {
    seen: before?.seen ?? [],
    checkpoint: before?.checkpoint ?? after,
    kill: () => dying.abort(),
    ended: Promise.resolve(),
  }
  const { batchSize, types, gatherMs } = manner
  const ended = consume(feed, {
    after: consumer.checkpoint,
    ...(batchSize !== undefined && { batchSize }),
    ...(gatherMs !== undefined && { gatherMs }),
    ...(types && { types }),
    signal: dying.signal,
    retryMs: quickly,
    onBatch: async (events, to) => {
      for (let turn = manner.turns ?? 0; turn > 0; turn--) await nextTurn()
      if (failures-- > 0) throw new Error('not yet')
      if (dying.signal.aborted) return
      consumer.seen.push(...events)
      consumer.checkpoint = to.position
    },
  })
  return Object.assign(consumer, { ended })
}

/** A store that counts the events that it decodes in reads of all events, and can be unavailable. */
function watched(store: EventStore) {
  const state = { away: false, decoded: 0, reading: 0, refused: 0 }
  const answering = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (!state.away) return answer()
    state.refused++
    throw new Error('the store is away')
  }
  const readAll = async (request: ReadAll): Promise<readonly EventEnvelope[]> => {
    state.reading++
    try {
      const events = await answering(() => store.readAll(request))
      state.decoded += events.length
      return events
    } finally {
      state.reading--
    }
  }
  return { state, store: { ...store, readAll, head: () => answering(store.head) } }
}
