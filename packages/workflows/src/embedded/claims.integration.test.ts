import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Desk, Instant } from '@guichet/domain'
import { hours, instant, later, streamName } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { migrateSchema } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { openScene } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'
import { claimDue, completeClaimed, releaseClaims, wake } from './clock.ts'
import { clockSchema, freeJobsOfTheDead } from './queue.ts'

const past = instant('2026-01-05T10:00:00.000Z')
const future = instant('2096-01-05T10:00:00.000Z')

describe('jobs that a worker claims besides its own', () => {
  let database: TestDatabase
  let pool: pg.Pool

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = new pg.Pool({ connectionString: database.url, max: 8 })
    await migrateSchema(pool, clockSchema)
  })
  afterEach(async () => {
    await pool.end()
    await database.drop()
  })

  type Job = { key: string | null; run_at: Date; locked_by: string | null; attempts: number }
  const jobs = async (): Promise<readonly Job[]> =>
    (await pool.query<Job>('select key, run_at, locked_by, attempts from guichet_jobs.jobs order by key')).rows
  const wakeEach = async (streams: readonly string[], at: Instant): Promise<void> => {
    for (const [place, stream] of streams.entries()) await wake(pool, stream, later(at, place))
  }

  it('are the earliest due jobs that have never been tried, each claimed by one worker', async () => {
    await wakeEach(['ticket-1', 'ticket-2', 'ticket-3', 'ticket-tried'], past)
    await wakeEach(['ticket-future'], future)
    await pool.query(`update guichet_jobs._private_jobs set attempts = 1 where key = 'ticket-tried'`)
    const first = await claimDue(pool, 'worker-1', 2)
    expect(first.map(({ stream, dueAt }) => [stream, dueAt]).toSorted()).toEqual([
      ['ticket-1', past],
      ['ticket-2', later(past, 1)],
    ])
    expect((await claimDue(pool, 'worker-2', 9)).map(({ stream }) => stream)).toEqual(['ticket-3'])
    expect(await claimDue(pool, 'worker-2', 9)).toEqual([])
  })

  it('are released when their worker has died', async () => {
    await wakeEach(['ticket-1'], past)
    await claimDue(pool, 'worker-1', 1)
    await pool.query(`update guichet_jobs._private_jobs set locked_at = now() - interval '1 hour'`)
    await freeJobsOfTheDead(pool, 1_000)
    expect(await jobs()).toMatchObject([{ key: 'ticket-1', locked_by: null }])
  })

  it('are removed when they are done, but neither their replacements nor those of another worker', async () => {
    await wakeEach(['ticket-1', 'ticket-2'], past)
    const claims = await claimDue(pool, 'worker-1', 2)
    await wake(pool, 'ticket-1', future)
    await pool.query(`update guichet_jobs._private_jobs set locked_by = 'worker-2' where key = 'ticket-2'`)
    await completeClaimed(
      pool,
      'worker-1',
      claims.map(({ id }) => id),
    )
    expect(await jobs()).toMatchObject([
      { key: 'ticket-1', run_at: new Date(future), locked_by: null },
      { key: 'ticket-2', locked_by: 'worker-2' },
    ])
  })

  it('return to the queue when they fail, which retries them alone', async () => {
    await wakeEach(['ticket-1'], past)
    const claims = await claimDue(pool, 'worker-1', 1)
    await releaseClaims(
      pool,
      'worker-1',
      claims.map(({ id }) => id),
    )
    expect(await jobs()).toMatchObject([{ key: 'ticket-1', locked_by: null, attempts: 1 }])
    expect(await claimDue(pool, 'worker-1', 1)).toEqual([])
  })
})

describe('a stream that fails among many that are due', () => {
  it('delays none of them, and is reported', async () => {
    let failing = ''
    const engine = await openScene((process) => fedClock({ ...process, desk: failsOn(process.desk, () => failing) }))
    try {
      const ids: string[] = []
      for (let number = 0; number < 40; number++) ids.push(await engine.resolvedTicket(hours(25)))
      failing = ids[20] ?? ''
      const { status } = await engine.startEngine()
      for (const id of ids) if (id !== failing) expect(await engine.untilFired(id, 1)).toHaveLength(1)
      await vi.waitUntil(async () => (await status()).failing === 1)
      expect((await status()).failures).toMatchObject([
        { stream: streamName('ticket', failing), message: 'out of paper' },
      ])
    } finally {
      await engine.dispose()
    }
  })
})

/** A desk that cannot execute commands on one ticket. */
function failsOn(desk: Desk, ticket: () => string): Desk {
  return deskAround(desk, (entry) => ({
    execute: (category, id, command, sender) =>
      id === ticket() ? Promise.reject(new Error('out of paper')) : entry.execute(category, id, command, sender),
  }))
}
