import fc from 'fast-check'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { defaultTicketPolicy, defaultWording, hours, instant, later } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { projections } from '@guichet/projections'
import { heldOf, readStatus, reconcile, wake } from './clock.ts'
import { recordHeartbeat, clockSchema, dropSuperseded, freeJobsOfTheDead, keepRetrying } from './queue.ts'

const due = instant('2031-05-05T10:00:00.000Z')

describe('the jobs of the clock', () => {
  let database: TestDatabase
  let pool: pg.Pool

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = new pg.Pool({ connectionString: database.url, max: 8 })
    await Promise.all([migrateSchema(pool, clockSchema), migrateSchema(pool, clockSchema)])
  })

  afterEach(async () => {
    await pool.end()
    await database.drop()
  })

  type Job = { key: string | null; run_at: Date; locked_by: string | null; attempts: number; last_error: string | null }
  const jobs = async (): Promise<readonly Job[]> =>
    (await pool.query<Job>('select key, run_at, locked_by, attempts, last_error from guichet_jobs.jobs order by key'))
      .rows
  const runAt = async (stream: string): Promise<Instant | undefined> => {
    const job = (await jobs()).find(({ key }) => key === stream)
    return job && instant(job.run_at)
  }
  /** Brings a job into a state that otherwise only the queue itself causes. */
  const alter = (stream: string, assignments: string) =>
    pool.query(`update guichet_jobs._private_jobs set ${assignments} where key = $1`, [stream])

  it('are queued by key, whatever their number and the statistics are', async () => {
    const streams = (from: number, count: number) => Array.from({ length: count }, (_, n) => `ticket-${from + n}`)
    const wakeAll = (names: readonly string[]) =>
      pool.query('select guichet_workflows.wake($1::text[], $2::timestamptz[])', [names, names.map(() => due)])
    const rowsRead = async (): Promise<number> => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const read = `select (seq_tup_read + idx_tup_fetch)::integer as read
          from pg_stat_xact_user_tables where relname = '_private_jobs'`
        await client.query('select guichet_workflows.wake($1::text[], $2::timestamptz[])', [
          streams(0, 10),
          streams(0, 10).map(() => due),
        ])
        const { rows } = await client.query<{ read: number }>(read)
        return rows[0]?.read ?? Infinity
      } finally {
        await client.query('rollback')
        client.release()
      }
    }
    await pool.query('alter table guichet_jobs._private_jobs set (autovacuum_enabled = off)')
    await wakeAll(streams(0, 3_000))
    expect(await rowsRead()).toBeLessThan(100)
  })

  it('wait for the earliest requested instant, also with concurrent requests', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 6 })
    let streams = 0
    await fc.assert(
      fc.asyncProperty(delays, async (minutes) => {
        const stream = `ticket-${++streams}`
        await Promise.all(minutes.map((delay) => wake(pool, stream, later(due, delay * 60_000))))
        expect(await runAt(stream)).toBe(later(due, Math.min(...minutes) * 60_000))
      }),
      { numRuns: 30 },
    )
  })

  it('are queued again while the old one is running, and the old one is not retried', async () => {
    await wake(pool, 'ticket-1', due)
    await alter('ticket-1', `locked_by = 'worker-1', locked_at = now()`)
    await wake(pool, 'ticket-1', later(due, hours(1)))
    expect(await runAt('ticket-1')).toBe(later(due, hours(1)))
    await pool.query(`select guichet_jobs.force_unlock_workers(array['worker-1'])`)
    await dropSuperseded(pool)
    expect(await jobs()).toHaveLength(1)
  })

  it('can be queued more often than the queue has numbers for task types', async () => {
    await wake(pool, 'ticket-1', due)
    await pool.query('alter table guichet_jobs._private_tasks alter column id restart with 2147483647')
    await wake(pool, 'ticket-2', due)
    await wake(pool, 'ticket-3', due)
    expect(await jobs()).toHaveLength(3)
  })

  it('of dead workers are released, those of living ones are not', async () => {
    for (const stream of ['ticket-1', 'ticket-2', 'ticket-3']) await wake(pool, stream, due)
    const minuteAgo = `locked_at = now() - interval '1 minute'`
    await alter('ticket-1', `locked_by = 'alive', ${minuteAgo}`)
    await alter('ticket-2', `locked_by = 'dead', ${minuteAgo}`)
    await alter('ticket-3', `locked_by = 'newborn', locked_at = now()`)
    await recordHeartbeat(pool, ['alive', 'dead'])
    await pool.query(
      `update guichet_workflows.workers set seen_at = now() - interval '30 seconds' where worker_id = 'dead'`,
    )
    await freeJobsOfTheDead(pool, 20_000)
    expect((await jobs()).map((job) => job.locked_by)).toEqual(['alive', null, 'newborn'])
  })

  it('that fail pause five minutes at most, and never run out of tries', async () => {
    await wake(pool, 'ticket-1', due)
    await alter('ticket-1', `last_error = 'no paper', attempts = 20000, run_at = now() + interval '6 hours'`)
    await keepRetrying(pool, 300_000)
    const [job] = await jobs()
    expect(job).toMatchObject({ attempts: 10, last_error: 'no paper' })
    expect(job && job.run_at.getTime() - Date.now()).toBeLessThanOrEqual(300_000)
    expect(await readStatus(pool)).toMatchObject({
      failing: 1,
      failures: [{ stream: 'ticket-1', message: 'no paper' }],
    })
  })

  describe('compared with the outstanding deadlines', () => {
    const stands = (stream: string, nextDue: Instant | null, heldBy: string | null = null) =>
      pool.query(
        `insert into guichet_read.deadline (stream, deadlines, open, outstanding, next_due, held_by)
         values ($1, '[]', true, false, $2, $3)`,
        [stream, nextDue, heldBy],
      )

    /** The read model's own table, where its readers look for it. */
    beforeEach(async () => {
      const [deadlines] = projections({ policy: defaultTicketPolicy, wording: defaultWording }).filter(
        ({ name }) => name === 'deadlines',
      )
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      await db.transaction().execute(async (tx) => {
        await sql`create schema guichet_read`.execute(tx)
        await sql`set local search_path = guichet_read`.execute(tx)
        await deadlines?.createTables(tx)
      })
    })

    it('are added where they are missing or too late', async () => {
      await stands('ticket-missing', due)
      await stands('ticket-late', due)
      await wake(pool, 'ticket-late', later(due, hours(1)))
      await reconcile(pool)
      expect([await runAt('ticket-missing'), await runAt('ticket-late')]).toEqual([due, due])
    })

    it('are run at once where no deadline is outstanding, so that the stream itself decides', async () => {
      await wake(pool, 'ticket-orphan', due)
      await wake(pool, 'ticket-over', due)
      await stands('ticket-over', null)
      await reconcile(pool)
      const next = await Promise.all(['ticket-orphan', 'ticket-over'].map(runAt))
      expect(next.every((at) => at !== undefined && at <= new Date().toISOString())).toBe(true)
    })

    it('are unchanged where they fit, fail, or are held', async () => {
      await stands('ticket-fits', due)
      await stands('ticket-held', null, 'import-1')
      await stands('ticket-fails', due)
      for (const stream of ['ticket-fits', 'ticket-held', 'ticket-fails']) await wake(pool, stream, due)
      await alter('ticket-fails', `last_error = 'no paper', attempts = 3, run_at = '${later(due, 1)}'`)
      const before = await jobs()
      await reconcile(pool)
      expect(await jobs()).toEqual(before)
      expect(await heldOf(pool, ['ticket-held', 'ticket-fits'])).toEqual(new Set(['ticket-held']))
    })
  })

  it('are compared with nothing, and held by nothing, before there are read models', async () => {
    await wake(pool, 'ticket-1', due)
    await reconcile(pool)
    expect(await runAt('ticket-1')).toBe(due)
    expect(await heldOf(pool, ['ticket-1'])).toEqual(new Set())
  })
})
