import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import type { DomainEvent, EventEnvelope, EventStore, StreamName } from '@guichet/domain'
import { inMemoryStore, instant } from '@guichet/domain'
import { z } from 'zod'
import { createChangeFeed } from './change-feed.ts'
import { followStream, versionAt } from './follow-stream.ts'
import type { ChangeFeed, Listener } from './services.ts'
import { subscribed } from './subscription.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const catalogue = { Said: { schemaVersion: 1, schema: z.object({ text: z.string(), hidden: z.boolean() }) } }
const base = { type: 'Said', at: instant('2026-03-02T09:00:00Z'), by: { kind: 'agent', id: 'a' } } as const
const open: AbortController[] = []
afterEach(() => open.splice(0).forEach((each) => each.abort()))

/** A store whose reads of a stream are counted, the feed of its process, and subscriptions to it. */
function desk({ feed = true } = {}) {
  const memory = inMemoryStore({ catalogue })
  let reads = 0
  const store: EventStore = {
    ...memory,
    readStream: (...args) => {
      reads++
      return memory.readStream(...args)
    },
  }
  const closing = new AbortController()
  open.push(closing)
  setMaxListeners(0, closing.signal)
  let heard: Listener = () => undefined
  const byHand: ChangeFeed = {
    listen: async () => () => undefined,
    follow: async (_, listener) => {
      heard = listener
      return () => undefined
    },
  }
  const fail = (error: unknown): never => {
    throw error
  }
  const changes = feed ? createChangeFeed(store, closing.signal, fail) : byHand
  const charged: EventEnvelope[] = []
  const budget = {
    events: (events: readonly EventEnvelope[]) => void charged.push(...events),
    release: () => undefined,
  }
  const principal = { id: 'zoe', role: 'customer', expiresAt: Date.now() + 3_600_000 } as const
  const context = { principal, services: { streams: { join: () => () => undefined }, changes, store }, budget }
  return {
    reads: () => reads,
    heard: (events: readonly EventEnvelope[]) => heard(events),
    store,
    charged,
    say: (stream: StreamName, text = 'a', hidden = false) => {
      const said: DomainEvent & { text: string; hidden: boolean } = { ...base, text, hidden }
      return memory.append({ stream, expectedVersion: 'any', commandId: randomUUID(), events: [said] })
    },
    follow: (stream: StreamName, after: number, shows?: (envelope: EventEnvelope) => boolean) =>
      subscribed(
        context,
        followStream(context, { stream, after, ...(shows && { shows }) }, async (each) => each),
      ),
  }
}

type Subscription = AsyncIterableIterator<EventEnvelope>

async function take(subscription: Subscription, count: number): Promise<readonly number[]> {
  const versions: number[] = []
  while (versions.length < count) versions.push((await subscription.next()).value.version)
  return versions
}

const notHidden = ({ event }: EventEnvelope): boolean => !('hidden' in event && event.hidden)

it('gives every reader each event once and in order, whenever it reads and from whichever version', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('say' as const), stream: fc.nat(1), hidden: fc.boolean() }),
    fc.record({ kind: fc.constant('read' as const), reader: fc.nat(2) }),
    fc.record({ kind: fc.constant('turn' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
      async (steps, starts) => {
        const { say, follow, store } = desk()
        const streams: readonly StreamName[] = ['talk-0', 'talk-1']
        for (const stream of streams) for (let n = 0; n < 5; n++) await say(stream, `${n}`)
        const filters = [undefined, notHidden, undefined]
        const readers = [0, 1, 2].map((n) => ({
          stream: streams[n % 2] ?? '',
          after: starts[n] ?? 0,
          shows: filters[n] ?? (() => true),
          got: [] as number[],
          outstanding: 0,
          subscription: follow(streams[n % 2] ?? '', starts[n] ?? 0, filters[n]),
        }))
        const read = async (reader: (typeof readers)[number]): Promise<void> => {
          reader.outstanding++
          const { value, done } = await reader.subscription.next()
          reader.outstanding--
          if (!done) reader.got.push(value.version)
        }
        for (const each of steps) {
          if (each.kind === 'say') await say(streams[each.stream] ?? '', 'more', each.hidden)
          else if (each.kind === 'read') void read(readers[each.reader]!)
          else await setImmediate()
        }
        for (const reader of readers) {
          const stored = await store.readStream(reader.stream, reader.after + 1)
          const expected = stored.filter(reader.shows).map(({ version }) => version)
          for (let more = expected.length - reader.got.length - reader.outstanding; more > 0; more--) void read(reader)
          await vi.waitUntil(() => reader.got.length >= expected.length, { interval: 1 })
          expect(reader.got).toEqual(expected)
          await reader.subscription.return?.()
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('reads nothing from the store for an event that happens while its readers wait', async () => {
  const { say, follow, reads, charged } = desk()
  const readers = Array.from({ length: 20 }, () => follow('talk-0', 0))
  await say('talk-0')
  await Promise.all(readers.map((reader) => take(reader, 1)))
  const before = reads()
  const next = readers.map((reader) => take(reader, 3))
  for (let n = 0; n < 3; n++) await say('talk-0')
  expect(await Promise.all(next)).toEqual(readers.map(() => [2, 3, 4]))
  expect(reads()).toBe(before)
  expect(charged).toHaveLength(20 * 4)
})

it('wakes no reader of another stream, and no reader whom an event is not for', async () => {
  const { say, follow } = desk()
  await say('talk-0')
  let asked = 0
  const reader = follow('talk-0', 1, (envelope) => {
    asked++
    return notHidden(envelope)
  })
  const next = take(reader, 1)
  await setImmediate()
  for (let n = 0; n < 10; n++) await say('talk-1')
  for (let n = 0; n < 10; n++) await say('talk-0', 'secret', true)
  await say('talk-0')
  expect(await next).toEqual([12])
  expect(asked).toBe(11)
})

it('holds only a few events for a reader that has stopped reading, who misses none of them', async () => {
  const { say, follow, store, heard } = desk({ feed: false })
  await say('talk-0')
  const slow = follow('talk-0', 0)
  await take(slow, 1)
  const next = take(slow, 1)
  const held: WeakRef<EventEnvelope>[] = []
  for (let version = 2; version <= 300; version++) {
    await say('talk-0')
    const [envelope] = await store.readStream('talk-0', version, 1)
    if (!envelope) throw new Error('what was said is stored')
    held.push(new WeakRef(envelope))
    heard([envelope])
    await setImmediate()
  }
  expect(await next).toEqual([2])
  collectGarbage()
  expect(held.filter((each) => each.deref()).length).toBeLessThanOrEqual(8)
  expect(await take(slow, 298)).toEqual(Array.from({ length: 298 }, (_, n) => n + 3))
})

it('finds the version of a stream at a position', async () => {
  const { say, store } = desk()
  for (let n = 0; n < 9; n++) {
    await say('talk-0')
    await say('talk-1')
  }
  const all = await store.readAll({ limit: 100 })
  for (const [index, { position }] of all.entries()) {
    expect(await versionAt(store, 'talk-0', 9, position)).toBe(Math.floor(index / 2) + 1)
    expect(await versionAt(store, 'talk-1', 9, position)).toBe(Math.floor((index + 1) / 2))
  }
})
