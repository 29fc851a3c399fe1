import { expect, it } from 'vitest'
import type { DomainEvent, EventStore, Position } from '@guichet/domain'
import { guichetEvents, inMemoryStore } from '@guichet/domain'
import type { ProjectionHarness } from '../testing/index.ts'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import type { OutsideLog } from './checkpoint.ts'

const open = harnessPerTest()
const tally = tallyProjection()
const patience = 30_000

type MemoryStore = ReturnType<typeof inMemoryStore>

/** The store as it was after some events: it has the same identity. */
async function backupOf(store: EventStore, events: number): Promise<MemoryStore> {
  const log = (store as MemoryStore).log.slice(0, events)
  return inMemoryStore({ catalogue: guichetEvents, log, identity: await store.identity() })
}

const write = async (store: EventStore, commandId: string, ...events: readonly DomainEvent[]): Promise<Position> => {
  const outcome = await store.append({ stream: 'ticket-1', expectedVersion: 'any', commandId, events })
  if (outcome.kind !== 'appended') throw new Error(outcome.kind)
  return outcome.position
}

/** A harness whose read model has three events. */
async function followed(): Promise<ProjectionHarness> {
  const harness = await open([tally])
  const runner = harness.runnerWith()
  await runner.start()
  for (const tag of ['a', 'b', 'c']) await harness.record('ticket-1', sampleEvent(tag))
  expect(await runner.reached((await harness.store.head())!, patience)).toBe(true)
  await runner.stop()
  return harness
}

it.each([
  ['is shorter', 0],
  ['has another event at the same place', 1],
  ['has grown past it', 5],
])('stops at a log that %s, names itself, and shows nothing of it', async (_, grown) => {
  const { store, runnerWith, rowsOf } = await followed()
  const older = await backupOf(store, 2)
  for (let n = 0; n < grown; n++) await write(older, `other-${n}`, sampleEvent('other'))
  const told: OutsideLog[] = []
  const runner = runnerWith({ store: older, onOutsideLog: (outside) => void told.push(outside) })
  await runner.start()
  expect(told).toEqual([{ projections: ['tally'], message: expect.stringContaining('event ticket-1/3') }])
  expect(await runner.stopped()).toEqual(['tally'])
  const position = await write(older, 'one-more', sampleEvent('more'))
  expect(await runner.reached(position, patience)).toBe(false)
  expect(await runner.resume('tally')).toBe(false)
  expect(await runner.reached(position, patience)).toBe(false)
  expect(await runner.status()).toMatchObject([
    { state: 'stopped', error: { message: expect.stringContaining('guichet projections rebuild') } },
  ])
  expect((await rowsOf(tally))['tally_events']).toHaveLength(3)
})

it('follows the older log after a rebuild', async () => {
  const { store, runnerWith, rowsOf } = await followed()
  const older = await backupOf(store, 2)
  const runner = runnerWith({ store: older })
  await runner.start()
  const first = await write(older, 'other-1', sampleEvent('other'))
  await runner.rebuild('tally')
  expect(await runner.reached(first, patience)).toBe(true)
  expect(await runner.reached(await write(older, 'other-2', sampleEvent('other')), patience)).toBe(true)
  expect((await rowsOf(tally))['tally_events']).toHaveLength(4)
})

it('continues by itself when the right log is back', async () => {
  const { store, runnerWith, record } = await followed()
  const before = runnerWith({ store: await backupOf(store, 2) })
  await before.start()
  expect(await before.stopped()).toEqual(['tally'])
  await before.stop()
  const told: OutsideLog[] = []
  const runner = runnerWith({ onOutsideLog: (outside) => void told.push(outside) })
  await runner.start()
  expect(await runner.reached(await record('ticket-1', sampleEvent()), patience)).toBe(true)
  expect(told).toEqual([])
})

it('stops while it runs, when an older log answers after a lost connection', async () => {
  const { store, runnerWith, pool, record } = await followed()
  const older = await backupOf(store, 2)
  let current: EventStore = store
  const told: OutsideLog[] = []
  const runner = runnerWith({
    store: {
      ...store,
      readAll: (request) => current.readAll(request),
      readStream: (...asked) => current.readStream(...asked),
      isAhead: (position) => current.isAhead(position),
      head: () => current.head(),
    },
    onOutsideLog: (outside) => void told.push(outside),
  })
  await runner.start()
  expect(await runner.reached(await record('ticket-1', sampleEvent()), patience)).toBe(true)
  current = older
  const position = await write(older, 'other', sampleEvent('other'))
  await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
  )
  await expect.poll(() => told).not.toEqual([])
  await expect.poll(() => runner.stopped()).toEqual(['tally'])
  expect(await runner.reached(position, patience)).toBe(false)
})

it('builds anew what was half built on events that the log does not have', async () => {
  const { store, runnerWith, pool, rowsOf } = await followed()
  await pool.query("update guichet_projections.generations set role = 'building', indexed = false")
  const older = await backupOf(store, 2)
  const runner = runnerWith({ store: older })
  await runner.start()
  await runner.caughtUp()
  expect((await rowsOf(tally))['tally_events']).toHaveLength(2)
})

it('accepts a checkpoint whose event is unknown, as far as the log reaches', async () => {
  const { store, runnerWith, pool } = await followed()
  await pool.query('update guichet_projections.generations set last_event = null')
  const position = await write(store, 'next', sampleEvent())
  const runner = runnerWith()
  await runner.start()
  expect(await runner.reached(position, patience)).toBe(true)
})
