import { CompiledQuery } from 'kysely'
import { expect, it } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'

const open = harnessPerTest()

it.each(['memory', 'postgres'] as const)(
  'shows the events of a store in %s once their position is reached',
  async (store) => {
    const tally = tallyProjection()
    const { runner, record, rowsOf } = await open([tally], { store })
    await runner.start()
    const position = await record('ticket-1', sampleEvent(), sampleEvent())
    expect(await runner.reached(position, 10_000)).toBe(true)
    expect((await rowsOf(tally))['tally']).toEqual([{ stream: 'ticket-1', events: 2, version: 2 }])
  },
)

it('returns false when a position is not reached in time', async () => {
  const { runner, record, store } = await open([tallyProjection()])
  await runner.start()
  const position = await record('ticket-1', sampleEvent())
  await runner.reached(position, 10_000)
  const beyond = String(Number(await store.head()) + 1) as typeof position
  expect(await runner.reached(beyond, 30)).toBe(false)
})

it('waits only for the named projections, and for none that cannot get there', async () => {
  const broken = tallyProjection({
    name: 'broken',
    before: () => {
      throw new Error('never')
    },
  })
  const { runner, record } = await open([tallyProjection(), broken])
  await runner.start()
  const position = await record('ticket-1', sampleEvent())
  expect(await runner.reached(position, 10_000, ['tally'])).toBe(true)
  await runner.caughtUp()
  expect(await runner.reached(position, 1_000_000)).toBe(false)
})

it('gathers events for projections that need not be prompt', async () => {
  const batches: Record<string, number> = {}
  const counting = (pace: 'prompt' | 'relaxed') =>
    tallyProjection({ name: pace, pace, before: () => (batches[pace] = (batches[pace] ?? 0) + 1) })
  const gatherMs = { relaxed: 3_600_000 }
  const { runner, runnerWith, record, rowsOf } = await open([counting('prompt'), counting('relaxed')], { gatherMs })
  await runner.start()
  let last = await record('ticket-1', sampleEvent())
  expect(await runner.reached(last, 10_000)).toBe(true)
  for (let n = 1; n < 20; n++) {
    last = await record('ticket-1', sampleEvent())
    expect(await runner.reached(last, 10_000, ['prompt'])).toBe(true)
  }
  expect(batches).toEqual({ prompt: 20, relaxed: 1 })
  await runner.stop()
  const next = runnerWith({ gatherMs: {} })
  await next.start()
  expect(await next.reached(last, 10_000)).toBe(true)
  expect(batches).toEqual({ prompt: 20, relaxed: 2 })
  expect((await rowsOf(counting('relaxed')))['relaxed']).toEqual([{ stream: 'ticket-1', events: 20, version: 20 }])
})

it('does not delay a projection with a separate pace by slow work in others', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const slow = tallyProjection({ name: 'slow', pace: 'relaxed', before: () => released })
  const { runner, record } = await open([slow, tallyProjection({ name: 'punctual', pace: 'separate' })])
  await runner.start()
  try {
    const position = await record('ticket-1', sampleEvent())
    expect(await runner.reached(position, 10_000, ['punctual'])).toBe(true)
    expect(await runner.reached(position, 1, ['slow'])).toBe(false)
  } finally {
    release()
  }
  await runner.caughtUp()
})

it('catches up with a history older than the read model, without effects outside of its tables', async () => {
  const replayed: boolean[] = []
  let switched = 0
  const tally = tallyProjection({
    before: (_, { replaying }) => replayed.push(replaying),
    switched: async () => void switched++,
  })
  const { runner, record, rowsOf } = await open([tally])
  for (let n = 0; n < 30; n++) await record(`ticket-${n}`, sampleEvent())
  const lags: number[] = []
  await runner.start()
  await runner.caughtUp({ onProgress: (lag) => lags.push(lag) })
  expect((await rowsOf(tally))['tally']).toHaveLength(30)
  expect({ replayed: replayed.every(Boolean), switched, lag: lags.at(-1) }).toEqual({
    replayed: true,
    switched: 1,
    lag: 0,
  })
  await runner.reached(await record('ticket-1', sampleEvent()), 10_000)
  expect(replayed.at(-1)).toBe(false)
})

it('ends a wait with the reason of the signal', async () => {
  const { runner, record } = await open([tallyProjection()])
  await record('ticket-1', sampleEvent())
  const reason = new Error('enough')
  await expect(runner.caughtUp({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

it('moves projections at one position in one transaction, and those behind separately until they join', async () => {
  const transactions = new Map<string, Set<string>>()
  const note = (name: string) =>
    tallyProjection({
      name,
      before: async (events, { tx }) => {
        const { rows } = await tx.executeQuery<{ id: string }>(transactionId)
        for (const { id } of events) {
          transactions.set(id, (transactions.get(id) ?? new Set()).add(rows[0]?.id ?? ''))
        }
      },
    })
  const { runner, runnerWith, record } = await open([note('one'), note('other')])
  await runner.start()
  const first = await record('ticket-1', sampleEvent())
  await runner.reached(first, 10_000)
  expect(transactions.get('ticket-1/1')?.size).toBe(1)

  await runner.stop()
  const alone = runnerWith({ projections: [note('one')] })
  await alone.start()
  for (let n = 0; n < 5; n++) await alone.reached(await record('ticket-1', sampleEvent()), 10_000)
  await alone.stop()

  const together = runnerWith({ batchSize: 2 })
  await together.start()
  await together.caughtUp()
  await together.reached(await record('ticket-1', sampleEvent()), 10_000)
  expect(transactions.get('ticket-1/7')?.size).toBe(1)
})

it('reports its progress and its work', async () => {
  const { runner, record } = await open([tallyProjection()])
  await runner.start()
  await runner.reached(await record('ticket-1', sampleEvent(), sampleEvent()), 10_000)
  expect(await runner.status()).toMatchObject([
    { name: 'tally', version: 1, state: 'live', generation: 1, lag: 0, owner: expect.any(String) },
  ])
  expect(await runner.metrics()).toMatchObject({ batches: 1, events: 2, lagEvents: 0, lagMilliseconds: 0 })
  await runner.stop()
  await record('ticket-1', sampleEvent())
  const [left] = await runner.status()
  expect(left).toMatchObject({ lag: 1, owner: undefined })
  expect((await runner.metrics()).lagMilliseconds).toBeGreaterThan(0)
})

it('refuses projections or tables with duplicate names', async () => {
  await expect(open([tallyProjection(), tallyProjection()])).rejects.toThrow('projection tally is there twice')
  await expect(open([tallyProjection(), { ...tallyProjection(), name: 'other' }])).rejects.toThrow('table tally')
  await expect(open([tallyProjection({ name: 'Drop; --' })])).rejects.toThrow('not a name')
})

const transactionId = CompiledQuery.raw('select pg_current_xact_id()::text as id')

it('bounds batches by their bytes, while it follows and while it rebuilds', async () => {
  const sizes: number[] = []
  const tally = tallyProjection({ before: (events) => sizes.push(events.length) })
  const { runner, record, rebuilt } = await open([tally], { batchBytes: 1 })
  for (let n = 0; n < 12; n++) await record(`ticket-${n}`, sampleEvent())
  await runner.start()
  await runner.caughtUp()
  for (let n = 0; n < 12; n++) await record(`ticket-${n}`, sampleEvent())
  const { live, rebuilt: anew } = await rebuilt(tally)
  expect(anew).toEqual(live)
  expect(live['tally']).toHaveLength(12)
  expect(new Set(sizes)).toEqual(new Set([1]))
})
