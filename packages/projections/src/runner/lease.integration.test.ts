import { expect, it } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import { writeBatch } from './batch.ts'
import { isCheckpointMoved } from './failure.ts'
import { claimServing } from './lease.ts'
import type { RecordedEvent } from './projection.ts'
import { openSession } from './session.ts'

const open = harnessPerTest()

it('lets one of two runners project, and both know what is reached', async () => {
  const tally = tallyProjection()
  const { runner, runnerWith, record, rowsOf } = await open([tally], { store: 'postgres' })
  const other = runnerWith({ owner: 'other' })
  await Promise.all([runner.start(), other.start()])
  for (let n = 0; n < 20; n++) {
    const position = await record(`ticket-${n % 3}`, sampleEvent())
    expect(await Promise.all([runner.reached(position, 10_000), other.reached(position, 10_000)])).toEqual([true, true])
  }
  const { batches: own } = await runner.metrics()
  const { batches: others } = await other.metrics()
  expect([own, others].filter((batches) => batches > 0)).toHaveLength(1)
  expect((await rowsOf(tally))['tally_events']).toHaveLength(20)
})

it('hands over to another runner when it stops', async () => {
  const { runner, runnerWith, record } = await open([tallyProjection()])
  await runner.start()
  await runner.reached(await record('ticket-1', sampleEvent()), 10_000)
  const other = runnerWith()
  await other.start()
  await runner.stop()
  expect(await other.reached(await record('ticket-1', sampleEvent()), 10_000)).toBe(true)
})

it.each([
  ['whose connection has ended', 60_000, true],
  ['that has been silent for long', 200, false],
])('takes over from an owner %s', async (_, leaseMs, ended) => {
  const tally = tallyProjection()
  const { runner, runnerWith, pool, record } = await open([tally])
  await runner.start()
  await runner.stop()
  const dead = await openSession(pool)
  try {
    await claimServing(dead, [tally], { owner: 'dead', leaseMs })
    if (ended) await dead.close()
    const next = runnerWith()
    await next.start()
    expect(await next.reached(await record('ticket-1', sampleEvent()), 10_000)).toBe(true)
  } finally {
    await dead.close()
  }
})

it('does not let a runner that has lost its lease move a checkpoint', async () => {
  const tally = tallyProjection()
  const { runner, pool, store, record, rowsOf } = await open([tally])
  await runner.start()
  await runner.stop()
  const [zombie, heir] = await Promise.all([openSession(pool), openSession(pool)])
  try {
    await record('ticket-1', sampleEvent())
    await claimServing(zombie, [tally], { owner: 'zombie', leaseMs: 0 })
    await claimServing(heir, [tally], { owner: 'heir', leaseMs: 60_000 })
    const events = (await store.readAll({ limit: 1 })) as readonly RecordedEvent[]
    const to = events[0]?.position
    if (to === undefined) throw new Error('no event')
    const write = (session: typeof heir, owner: string): Promise<void> =>
      writeBatch(session, [{ projection: tally, generation: 1 }], {
        events,
        from: undefined,
        to,
        owner,
        replaying: false,
      })
    await expect(write(zombie, 'zombie')).rejects.toSatisfy(isCheckpointMoved)
    expect((await rowsOf(tally))['tally']).toEqual([])
    await write(heir, 'heir')
    await expect(write(heir, 'heir')).rejects.toSatisfy(() => true)
    expect((await rowsOf(tally))['tally']).toEqual([{ stream: 'ticket-1', events: 1, version: 1 }])
  } finally {
    await Promise.all([zombie.close(), heir.close()])
  }
})
