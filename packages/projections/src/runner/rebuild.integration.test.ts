import { CompiledQuery } from 'kysely'
import { expect, it, vi } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import type { ProjectionHarness } from '../testing/index.ts'

const open = harnessPerTest()

async function fill({ record }: ProjectionHarness, events: number): Promise<void> {
  for (let n = 0; n < events; n++) await record(`ticket-${n % 10}`, sampleEvent())
}

it('rebuilds the same rows', async () => {
  const tally = tallyProjection()
  const harness = await open([tally])
  await harness.runner.start()
  await fill(harness, 60)
  const { live, rebuilt } = await harness.rebuilt(tally)
  expect(rebuilt).toEqual(live)
  expect(await harness.runner.status()).toMatchObject([{ generation: 2, state: 'live', lag: 0 }])
  const { rows } = await harness.pool.query(`select nspname from pg_namespace where nspname like 'rm\\_%'`)
  expect(rows).toEqual([{ nspname: 'rm_tally_2' }])
})

it('never shows readers a gap or an older state while it rebuilds under writes', async () => {
  const tally = tallyProjection()
  const harness = await open([tally], { store: 'postgres', catchUpBatchSize: 20 })
  const { runner, record, pool, rowsOf } = harness
  await runner.start()
  await fill(harness, 100)
  await harness.settled()

  let busy = true
  const seen: number[] = []
  const reading = (async () => {
    while (busy) {
      const { rows } = await pool.query<{ events: number }>(
        'select sum(events)::integer as events from guichet_read.tally',
      )
      seen.push(rows[0]?.events ?? 0)
    }
  })()
  const writing = (async () => {
    let last
    for (let n = 0; busy; n++) last = await record(`ticket-${n % 10}`, sampleEvent())
    return last
  })()
  for (let n = 0; n < 4; n++) await runner.rebuild('tally')
  busy = false
  const [last] = await Promise.all([writing, reading])

  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  expect(seen[0]).toBeGreaterThanOrEqual(100)
  expect(last !== undefined && (await runner.reached(last, 30_000))).toBe(true)
  const { live, rebuilt } = await harness.rebuilt(tally)
  expect(rebuilt).toEqual(live)
  expect((await rowsOf(tally))['tally']).toHaveLength(10)
})

it('rebuilds a projection whose basis has changed', async () => {
  const { runner, runnerWith, record, rowsOf } = await open([tallyProjection({ basis: 'winter' })])
  await runner.start()
  await runner.reached(await record('ticket-1', sampleEvent()), 10_000)
  await runner.stop()

  const summer = tallyProjection({ basis: 'summer' })
  const other = runnerWith({ projections: [summer] })
  await other.start()
  await other.caughtUp()
  await other.reached(await record('ticket-1', sampleEvent()), 10_000)
  expect(await other.status()).toMatchObject([{ generation: 2, state: 'live', lag: 0 }])
  expect((await rowsOf(summer))['tally']).toEqual([{ stream: 'ticket-1', events: 2, version: 2 }])
})

it('reports its progress, and can be aborted', async () => {
  const harness = await open([tallyProjection()], { catchUpBatchSize: 10 })
  const { runner } = harness
  await runner.start()
  await fill(harness, 35)
  await runner.caughtUp()
  const progress: number[] = []
  await runner.rebuild('tally', { onProgress: ({ events, total }) => progress.push(events, total) })
  expect(progress).toEqual([10, 35, 20, 35, 30, 35, 35, 35])

  const calledOff = new AbortController()
  const rebuilding = runner.rebuild('tally', { signal: calledOff.signal, onProgress: () => calledOff.abort() })
  await expect(rebuilding).rejects.toThrow('aborted')
  expect(await runner.status()).toMatchObject([{ state: 'live', generation: 2 }])
})

it('refuses a second rebuild of a projection, here or in another process, and an unknown name', async () => {
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let entered = (): void => undefined
  const inside = new Promise<void>((resolve) => {
    entered = resolve
  })
  const tally = tallyProjection({
    before: async (_, { replaying }) => {
      if (!replaying) return
      entered()
      await gate
    },
  })
  const harness = await open([tally])
  const { runner } = harness
  await runner.start()
  await fill(harness, 3)
  await runner.caughtUp()
  const first = runner.rebuild('tally')
  await inside
  await expect(runner.rebuild('tally')).rejects.toMatchObject({ name: 'RebuildRefused', reason: 'under_way' })
  await expect(harness.runnerWith().rebuild('tally')).rejects.toMatchObject({ reason: 'under_way' })
  await expect(runner.rebuild('tale')).rejects.toMatchObject({ reason: 'unknown_projection' })
  expect((await runner.status()).map(({ state }) => state)).toEqual(['live', 'rebuilding'])
  release()
  await first
})

it('fails at an event that cannot be folded and leaves the live tables alone', async () => {
  const tally = tallyProjection({
    before: (events, { replaying }) => {
      if (replaying && events.some(({ id }) => id === 'ticket-6/1')) throw new Error('cannot take this')
    },
  })
  const harness = await open([tally])
  const { runner, rowsOf } = harness
  await runner.start()
  await fill(harness, 20)
  await runner.caughtUp()
  await expect(runner.rebuild('tally')).rejects.toMatchObject({ name: 'RebuildFailed', at: { eventId: 'ticket-6/1' } })
  expect(await runner.status()).toMatchObject([{ state: 'live', generation: 1, lag: 0 }])
  expect((await rowsOf(tally))['tally_events']).toHaveLength(20)
})

it('rebuilds for a new version while the old one serves, also after being killed midway', async () => {
  const harness = await open([tallyProjection()], { catchUpBatchSize: 10 })
  await harness.runner.start()
  await fill(harness, 50)
  await harness.runner.caughtUp()
  await harness.runner.stop()

  let batches = 0
  let bury = (): void => undefined
  const buried = new Promise<void>((resolve) => {
    bury = resolve
  })
  let dead = (): void => undefined
  const killed = new Promise<void>((resolve) => {
    dead = resolve
  })
  const dying = tallyProjection({
    version: 2,
    before: async (_, { tx }) => {
      if (++batches < 3) return
      await tx.executeQuery(CompiledQuery.raw('select pg_terminate_backend(pg_backend_pid())')).catch(() => undefined)
      dead()
      await buried
    },
  })
  await harness.runnerWith({ projections: [dying] }).start()
  await killed
  expect(await harness.runner.status()).toMatchObject([
    { version: 1, state: 'live', lag: 0 },
    { version: 2, state: 'rebuilding', lag: 30 },
  ])
  expect((await harness.rowsOf(dying))['tally_events']).toHaveLength(50)

  let replayed = 0
  const next = tallyProjection({ version: 2, before: (events) => void (replayed += events.length) })
  const heir = harness.runnerWith({ projections: [next] })
  await heir.start()
  await heir.caughtUp()
  expect(await heir.status()).toMatchObject([{ version: 2, generation: 2, state: 'live', lag: 0 }])
  expect(replayed).toBe(30)
  expect((await harness.rowsOf(next))['tally_events']).toHaveLength(50)
  bury()
})

it('reports that no process follows the live generation once the process that rebuilt it for another version has ended', async () => {
  const harness = await open([tallyProjection()])
  await harness.runner.start()
  await fill(harness, 5)
  await harness.runner.caughtUp()
  const newer = harness.runnerWith({ projections: [tallyProjection({ version: 2 })] })
  await newer.start()
  await newer.caughtUp()
  expect(await harness.runner.stopped()).toEqual([])
  await newer.stop()
  await fill(harness, 3)
  await vi.waitUntil(async () => (await harness.runner.stopped()).join() === 'tally', { interval: 20 })
  expect(await harness.runner.status()).toMatchObject([{ version: 2, state: 'unfollowed', lag: 3, owner: undefined }])
  const heir = harness.runnerWith({ projections: [tallyProjection({ version: 2 })] })
  await heir.start()
  await heir.caughtUp()
  expect(await harness.runner.stopped()).toEqual([])
})
