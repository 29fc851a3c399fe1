import { CompiledQuery } from 'kysely'
import type pg from 'pg'
import { expect, it, vi } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import { writeBatch } from './batch.ts'
import { isCheckpointMoved } from './failure.ts'
import { claimServing } from './lease.ts'
import type { RecordedEvent } from './projection.ts'
import { openSession } from './session.ts'
import { streamHistory } from './stream-history.ts'

const open = harnessPerTest()

it('lets one of two runners project, and both report what is reached', async () => {
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
    const [to] = events
    if (to === undefined) throw new Error('no event')
    const write = (session: typeof heir, owner: string): Promise<void> =>
      writeBatch(session, [{ projection: tally, generation: 1 }], {
        events,
        from: undefined,
        to,
        owner,
        replaying: false,
        history: streamHistory(store),
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

/** The advisory lock that a batch waits for in these tests. */
const gate = 4_711
const patience = { interval: 10 }

type Lease = { owner: string | null; until: string | null }

async function leaseIn(pool: pg.Pool): Promise<Lease> {
  const { rows } = await pool.query<Lease>(
    "select owner, leased_until::text as until from guichet_projections.generations where role = 'serving'",
  )
  return rows[0] ?? { owner: null, until: null }
}

it('renews its lease during a batch longer than the lease, but not for ever', async () => {
  let batches = 0
  const slow = tallyProjection({
    before: (_, { tx }) => {
      batches++
      return tx.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${gate})`))
    },
  })
  const { runner, runnerWith, pool, record, rowsOf } = await open([slow], { store: 'postgres', leaseMs: 600 })
  const other = runnerWith({ owner: 'other' })
  await Promise.all([runner.start(), other.start()])
  const holder = await pool.connect()
  try {
    await holder.query('select pg_advisory_lock($1)', [gate])
    const position = await record('ticket-1', sampleEvent())
    await vi.waitUntil(() => batches > 0, patience)
    let before = await leaseIn(pool)
    let renewals = 0
    await vi.waitUntil(async () => {
      const now = await leaseIn(pool)
      if (now.owner === before.owner && now.until !== before.until) renewals++
      before = now
      return renewals >= 6
    }, patience)
    await holder.query('select pg_advisory_unlock($1)', [gate])
    expect(await Promise.all([runner.reached(position, 30_000), other.reached(position, 30_000)])).toEqual([true, true])
    expect((await rowsOf(slow))['tally']).toEqual([{ stream: 'ticket-1', events: 1, version: 1 }])
  } finally {
    await holder.query('select pg_advisory_unlock_all()')
    holder.release()
  }
})

it('releases rows that a frozen process has begun to write', async () => {
  const { pool } = await open([tallyProjection()])
  await pool.query('create table begun (id integer primary key)')
  const [frozen, heir] = await Promise.all([openSession(pool, { idleMs: 200 }), openSession(pool)])
  try {
    await frozen.begin('public')
    await frozen.query('insert into begun values (1)')
    await heir.query('insert into begun values (1)')
    await vi.waitUntil(() => frozen.broken(), patience)
  } finally {
    await Promise.all([frozen.close(), heir.close()])
  }
})
