import type { EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { createFollowerHealth } from '@guichet/eventstore'
import { expect, it, vi } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'

const open = harnessPerTest()
const patience = { interval: 10 }

it('reports on every process which read models lag while a batch waits, and that they have caught up', async () => {
  let letGo = (): void => undefined
  const gate = new Promise<void>((resolve) => void (letGo = resolve))
  const slow = tallyProjection({ name: 'slow', pace: 'relaxed', before: () => gate })
  const lines: string[] = []
  const lag = { laggingMs: 50, lookEveryMs: 10, log: (level: string, line: string) => lines.push(`${level} ${line}`) }
  const { runner, runnerWith, record } = await open([tallyProjection(), slow], { store: 'postgres', lag })
  const other = runnerWith({ owner: 'other', lag: { ...lag, log: () => undefined } })
  await Promise.all([runner.start(), other.start()])
  expect(runner.lagging()).toEqual([])
  await record('ticket-1', sampleEvent(), sampleEvent(), sampleEvent())
  const names = (of: typeof runner): string[] => of.lagging().map(({ name }) => name)
  await vi.waitUntil(() => names(runner).includes('slow') && names(other).includes('slow'), patience)
  expect(runner.lagging().find(({ name }) => name === 'slow')?.milliseconds).toBeGreaterThanOrEqual(25)
  expect((await runner.status()).find(({ name }) => name === 'slow')).toMatchObject({
    lag: 3,
    lagMilliseconds: expect.any(Number),
  })
  letGo()
  await vi.waitUntil(() => runner.lagging().length === 0 && other.lagging().length === 0, patience)
  const logged = lines.filter((line) => line.includes('slow'))
  expect(logged[0]).toMatch(/^warn read models lag: .*slow.*, \d+ s and 3 events behind$/)
  expect(logged.at(-1)).toMatch(/^info read models have caught up: .*slow/)
})

it('checks again soon while read models lag, however long the usual interval', async () => {
  const tally = tallyProjection()
  const { runnerWith, record, store } = await open([tally], { store: 'postgres' })
  const recorded = await record('ticket-1', sampleEvent())
  // There is only one check before the next hour: the test makes it only once the event is visible.
  await vi.waitUntil(async () => (await store.head()) === recorded, patience)
  let letGo = (): void => undefined
  const gate = new Promise<void>((resolve) => void (letGo = resolve))
  const held = runnerWith({
    projections: [tallyProjection({ before: () => gate })],
    lag: { laggingMs: 1, lookEveryMs: 3_600_000 },
  })
  await held.start()
  await vi.waitUntil(() => held.lagging().length > 0, patience)
  letGo()
  await vi.waitUntil(() => held.lagging().length === 0, patience)
})

/** The store of a program that cannot read one of the events. */
const unableToRead = (store: EventStore, unreadable: Position): EventStore => ({
  ...store,
  readAll: async (request) => {
    const events = await store.readAll(request)
    if (events.some(({ position }) => position === unreadable)) throw new CorruptHistory('unknown event type Foreign')
    return events
  },
})

it('reaches the last event before an unreadable one, lags there, and reports the failure', async () => {
  const tally = tallyProjection()
  const { runner, runnerWith, store, record, rowsOf } = await open([tally])
  await runner.start()
  await runner.stop()
  for (let n = 0; n < 20; n++) await record(`ticket-${n}`, sampleEvent())
  const unreadable = await record('ticket-x', sampleEvent())
  await record('ticket-y', sampleEvent())
  const health = createFollowerHealth({ failingMs: 1 })
  const shaken = unableToRead(store, unreadable)
  const lag = { laggingMs: 1, lookEveryMs: 10 }
  const unaware = runnerWith({ store: shaken, health, lag })
  await unaware.start()
  await vi.waitUntil(() => health.failing().length > 0 && unaware.lagging().length > 0, patience)
  expect(health.failing()).toMatchObject([{ follower: 'read models (prompt)', message: 'unknown event type Foreign' }])
  expect((await rowsOf(tally))['tally']).toHaveLength(20)
  expect(await unaware.status()).toMatchObject([{ state: 'live', lag: 1 }])
  await unaware.stop()
  const aware = runnerWith({ health, lag })
  await aware.start()
  await aware.caughtUp()
  await vi.waitUntil(() => health.failing().length === 0 && aware.lagging().length === 0, patience)
})

it('reports once that the lag is unknown while the store cannot be queried', async () => {
  const { runnerWith, store, record } = await open([tallyProjection()])
  const lines: string[] = []
  let answers: 'head' | 'nothing' | 'silence' = 'head'
  let speak = (): void => undefined
  const silence = new Promise<undefined>((resolve) => void (speak = () => resolve(undefined)))
  const runner = runnerWith({
    store: {
      ...store,
      head: () => {
        if (answers === 'silence') return silence
        return answers === 'head' ? store.head() : Promise.reject(new Error('the store is away'))
      },
    },
    lag: { laggingMs: 2_000, lookEveryMs: 10, log: (level, line) => lines.push(`${level} ${line}`) },
  })
  await runner.start()
  await record('ticket-1', sampleEvent())
  await runner.caughtUp()
  await vi.waitUntil(() => runner.lagUnknown() === undefined, patience)
  answers = 'nothing'
  await vi.waitUntil(() => runner.lagUnknown() === 'the store is away', patience)
  answers = 'head'
  await vi.waitUntil(() => runner.lagUnknown() === undefined, patience)
  expect(lines.filter((line) => line.includes('away'))).toEqual([
    'warn it is not known how far read models are behind: the store is away',
  ])
  expect(lines).toContain('info it is known again how far read models are behind')
  answers = 'silence'
  await vi.waitUntil(() => runner.lagUnknown()?.startsWith('no answer within'), patience)
  speak()
})
