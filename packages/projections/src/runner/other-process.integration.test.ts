import { expect, it, vi } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'

const open = harnessPerTest()

it('moves no read models when another process does, and lets readers wait for that process', async () => {
  const tally = tallyProjection()
  const { runnerWith, record, rowsOf } = await open([tally])
  const reader = runnerWith({ follows: false })
  await reader.start()
  const position = await record('ticket-1', sampleEvent())
  expect(await reader.reached(position, 100)).toBe(false)
  expect((await reader.status()).map(({ owner }) => owner)).toEqual([undefined])
  await runnerWith().start()
  expect(await reader.reached(position, 10_000)).toBe(true)
  expect((await rowsOf(tally))['tally']).toEqual([{ stream: 'ticket-1', events: 1, version: 1 }])
})

it('resumes readers when another process reports its commit, and never moves its progress back', async () => {
  const { runnerWith, record } = await open([tallyProjection()])
  const reader = runnerWith({ follows: false })
  await reader.start()
  const [first, second] = [await record('ticket-1', sampleEvent()), await record('ticket-1', sampleEvent())]
  const waiting = reader.reached(second, 1_000_000)
  reader.checkpointMoved('tally', second, 2)
  expect(await waiting).toBe(true)
  reader.checkpointMoved('tally', first, 1)
  reader.checkpointMoved('unknown', first, 1)
  expect(await reader.reached(second, 1)).toBe(true)
})

it('leaves the building of a read model to other processes', async () => {
  const { runner, runnerWith, record, pool } = await open([tallyProjection()])
  const position = await record('ticket-1', sampleEvent())
  const reader = runnerWith({ follows: false })
  await reader.start()
  expect((await reader.status()).map(({ state }) => state)).toEqual(['rebuilding'])
  expect((await pool.query('select from guichet_read.tally')).rowCount).toBe(0)
  await runner.start()
  await reader.caughtUp()
  expect(await reader.reached(position, 10_000)).toBe(true)
})

it('notices soon that a stopped read model has resumed in another process', async () => {
  let broken = true
  const tally = tallyProjection({
    before: () => {
      if (broken) throw new Error('not yet')
    },
  })
  const { runner, runnerWith, record } = await open([tally])
  const reader = runnerWith({ follows: false })
  await reader.start()
  await runner.start()
  const position = await record('ticket-1', sampleEvent())
  expect(await reader.reached(position, 30_000)).toBe(false)
  expect(await reader.stopped()).toEqual(['tally'])
  broken = false
  await runner.resume('tally')
  await vi.waitUntil(() => reader.reached(position, 1_000))
})

it('reports waiting readers, so that the process that moves the read model looks immediately', async () => {
  const { store, runnerWith, record } = await open([tallyProjection()])
  const unheard = { ...store, onAppended: () => () => undefined }
  const mover = runnerWith({ store: unheard })
  let waits = 0
  const onWaiting = (): void => {
    waits++
    mover.wake()
  }
  const reader = runnerWith({ follows: false, onWaiting })
  await reader.start()
  expect(waits).toBe(0)
  await mover.start()
  const position = await record('ticket-1', sampleEvent())
  expect(await reader.reached(position, 30_000)).toBe(true)
  expect(waits).toBe(1)
})
