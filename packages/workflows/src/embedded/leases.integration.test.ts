import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { days, defaultTicketPolicy, defaultWording, instant, later } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { projections } from '@guichet/projections'
import type { LeasedStream } from './leases.ts'
import { clockSchema, leasesIn } from './leases.ts'

const past = instant('2026-01-05T10:00:00.000Z')
const future = later(instant(new Date()), days(30))
const hourMs = 3_600_000

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

/** Creates a generation of the read model of deadlines, and shows it to readers. */
async function showGeneration(name: string): Promise<void> {
  const deadlines = projections({ policy: defaultTicketPolicy, wording: defaultWording }).find(
    (projection) => projection.name === 'deadlines',
  )
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  await db.transaction().execute(async (tx) => {
    await sql`create schema if not exists guichet_read`.execute(tx)
    await sql`create schema if not exists guichet_projections`.execute(tx)
    await sql`create table if not exists guichet_projections.lost_streams (stream text primary key)`.execute(tx)
    await sql`create schema ${sql.id(name)}`.execute(tx)
    await sql`set local search_path = ${sql.id(name)}`.execute(tx)
    await deadlines?.createTables(tx)
    await deadlines?.createIndexes?.(tx)
    await sql`drop view if exists guichet_read.deadline`.execute(tx)
    await sql`create view guichet_read.deadline as select * from deadline`.execute(tx)
  })
}

/** Writes the next due instant of streams as the projection does; null where nothing is due. */
const stands = async (streams: readonly string[], nextDue: Instant | null): Promise<void> => {
  await pool.query(
    `insert into guichet_read.deadline (stream, deadlines, open, outstanding, next_due)
     select stream, '[]', true, false, $2 from unnest($1::text[]) as stream
     on conflict (stream) do update set next_due = excluded.next_due`,
    [streams, nextDue],
  )
}
const pauses = { first: days(1), last: days(300) }
const leases = () => leasesIn(pool, hourMs, pauses)
const named = (claimed: readonly LeasedStream[]): readonly string[] => claimed.map(({ stream }) => stream).toSorted()
const streams = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `ticket-${1_000 + n}`)
const first = ([claimed]: readonly LeasedStream[]): LeasedStream => {
  if (!claimed) throw new Error('nothing was claimed')
  return claimed
}
/** Ends the leases, pauses and rests of all streams. */
const timePasses = () => pool.query(`update guichet_workflows.clock_work set try_at = now() - interval '1 second'`)

describe('streams with due deadlines', () => {
  beforeEach(() => showGeneration('one'))

  it('are claimed first due first, and none that is due later or not at all', async () => {
    await stands(['ticket-2'], later(past, 1))
    await stands(['ticket-1'], past)
    await stands(['ticket-3'], later(past, 2))
    await stands(['ticket-future'], future)
    await stands(['ticket-none'], null)
    const claimed = await leases().claim(2)
    expect(claimed.map(({ stream, dueAt }) => [stream, dueAt]).toSorted()).toEqual([
      ['ticket-1', past],
      ['ticket-2', later(past, 1)],
    ])
    expect(named(await leases().claim(9))).toEqual(['ticket-3'])
    expect(await leases().claim(9)).toEqual([])
  })

  it('rest for as long as wanted, and are neither late nor failing where it is known that they were deleted', async () => {
    await stands(['ticket-1', 'ticket-2'], past)
    await leases().fail(first(await leases().claim(1)), 'it was deleted')
    await pool.query(`insert into guichet_projections.lost_streams values ('ticket-1')`)
    expect(await leases().status()).toMatchObject({ late: 1, failing: 1 })
    await timePasses()
    const claimed = await leases().claim(9)
    await leases().settle(claimed, days(1))
    await stands(['ticket-2'], null)
    expect(await leases().claim(9)).toEqual([])
    expect(await leases().untilNext()).toBeUndefined()
    expect(await leases().status()).toEqual({ nextDue: undefined, late: 0, failing: 0, failures: [] })
    await timePasses()
    expect(named(await leases().claim(9))).toEqual(['ticket-1'])
  })

  it('are claimed by one of many claimants at the same time', async () => {
    await stands(streams(200), past)
    const claimants = Array.from({ length: 8 }, () => leases())
    const claimed: LeasedStream[] = []
    for (let claims = -1; claims !== claimed.length;) {
      claims = claimed.length
      claimed.push(...(await Promise.all(claimants.map((each) => each.claim(7)))).flat())
    }
    expect(named(claimed)).toEqual(streams(200))
  })

  it('are passed over while the projection writes them', async () => {
    await stands(['ticket-1', 'ticket-2'], past)
    const writer = await pool.connect()
    await writer.query('begin')
    await writer.query(`update guichet_read.deadline set next_due = now() where stream = 'ticket-1'`)
    expect(named(await leases().claim(9))).toEqual(['ticket-2'])
    await writer.query('commit')
    writer.release()
    expect(named(await leases().claim(9))).toEqual(['ticket-1'])
  })

  it('go to another claimant when the lease has ended, whatever the former one reports then', async () => {
    await stands(['ticket-1'], past)
    const late = first(await leases().claim(1))
    await timePasses()
    const next = first(await leases().claim(1))
    await leases().settle([late])
    await leases().fail(late, 'late')
    expect(await leases().claim(1)).toEqual([])
    expect(await leases().status()).toMatchObject({ failing: 0 })
    await leases().settle([next])
    await stands(['ticket-1'], later(past, 1))
    expect(named(await leases().claim(1))).toEqual(['ticket-1'])
  })

  it('rest when they are settled, until the read model shows another due instant', async () => {
    await stands(['ticket-1', 'ticket-2'], past)
    await leases().settle(await leases().claim(9))
    expect(await leases().claim(9)).toEqual([])
    await stands(['ticket-1'], later(past, 1))
    expect(named(await leases().claim(9))).toEqual(['ticket-1'])
  })

  it('are claimed again after their rest, if the read model still shows them as due', async () => {
    await stands(['ticket-1', 'ticket-2'], past)
    await leases().settle(await leases().claim(9))
    await stands(['ticket-2'], null)
    await timePasses()
    await leases().untilNext()
    expect(named(await leases().claim(9))).toEqual(['ticket-1'])
    const { rows } = await pool.query('select stream from guichet_workflows.clock_work')
    expect(rows).toEqual([{ stream: 'ticket-1' }])
  })

  it('that fail pause longer each time, up to a limit, and are reported while they are due', async () => {
    await stands(['ticket-1'], past)
    const waits: number[] = []
    for (let tries = 1; tries <= 12; tries++) {
      await leases().fail(first(await leases().claim(1)), 'no paper')
      expect(await leases().claim(1)).toEqual([])
      waits.push(Math.round(((await leases().untilNext()) ?? 0) / days(1)))
      const { failures, failing } = await leases().status()
      expect({ failures, failing }).toMatchObject({
        failing: 1,
        failures: [{ stream: 'ticket-1', message: 'no paper', attempts: tries }],
      })
      await timePasses()
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    await stands(['ticket-1'], future)
    expect(await leases().status()).toMatchObject({ failing: 0, failures: [], nextDue: future })
  })

  it('keep their own pace while they fail, also with an earlier deadline, and start anew once they succeed', async () => {
    await stands(['ticket-1'], past)
    await leases().fail(first(await leases().claim(1)), 'no paper')
    await stands(['ticket-1'], later(past, -1))
    expect(await leases().claim(1)).toEqual([])
    await timePasses()
    const again = first(await leases().claim(1))
    expect(again.attempts).toBe(1)
    expect(await leases().status()).toMatchObject({ failing: 1 })
    await leases().settle([again])
    expect(await leases().status()).toMatchObject({ failing: 0 })
    await timePasses()
    expect(first(await leases().claim(1)).attempts).toBe(0)
  })

  it('are waited for, the earliest first: 0 or less where one can be claimed now', async () => {
    expect(await leases().untilNext()).toBeUndefined()
    await stands(['ticket-future'], future)
    expect(Math.round(((await leases().untilNext()) ?? 0) / days(1))).toBe(30)
    await stands(['ticket-1'], past)
    expect(await leases().untilNext()).toBeLessThanOrEqual(0)
    await leases().claim(1)
    expect(Math.round(((await leases().untilNext()) ?? 0) / 60_000)).toBe(60)
  })

  it('are found by key, whatever their number and the statistics are', async () => {
    await pool.query('alter table one.deadline set (autovacuum_enabled = off)')
    await pool.query('alter table guichet_workflows.clock_work set (autovacuum_enabled = off)')
    await stands(streams(3_000), past)
    const claimed = await leases().claim(2_000)
    expect(claimed).toHaveLength(2_000)
    await leases().settle(claimed)
    await stands(named(claimed), future)
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      await client.query('begin')
      const ownLeases = leasesIn({ query: client.query.bind(client) } as unknown as pg.Pool, hourMs, pauses)
      expect(await ownLeases.claim(10)).toHaveLength(10)
      await ownLeases.untilNext()
      const { rows } = await client.query<{ read: number }>(
        `select sum(seq_tup_read)::integer as read from pg_stat_xact_user_tables where relname in ('deadline', 'clock_work')`,
      )
      expect(rows[0]?.read).toBeLessThan(100)
    } finally {
      await client.end()
    }
  })

  it('stay leased, at rest or failing when the read model is rebuilt', async () => {
    await stands(['ticket-1', 'ticket-2', 'ticket-3'], past)
    const claimed = await leases().claim(9)
    await leases().settle(claimed.filter(({ stream }) => stream === 'ticket-2'))
    await leases().fail(first(claimed.filter(({ stream }) => stream === 'ticket-3')), 'no paper')
    await showGeneration('two')
    await stands(['ticket-1', 'ticket-2', 'ticket-3', 'ticket-4'], past)
    expect(named(await leases().claim(9))).toEqual(['ticket-4'])
    expect(await leases().status()).toMatchObject({ failing: 1 })
    await timePasses()
    expect(named(await leases().claim(9))).toEqual(['ticket-1', 'ticket-2', 'ticket-3', 'ticket-4'])
  })
})

it('is nothing before there are read models', async () => {
  expect(await leases().claim(9)).toEqual([])
  expect(await leases().untilNext()).toBeUndefined()
  expect(await leases().status()).toEqual({ nextDue: undefined, late: 0, failing: 0, failures: [] })
})

it('replaces the job queue of an older version', async () => {
  await pool.query(`
    drop table guichet_workflows.clock_work;
    delete from guichet_workflows.migrations where part = 'clock' and version = 3;
    create schema guichet_jobs;
    create table guichet_jobs._private_jobs (id bigint);
    create view guichet_jobs.jobs as select * from guichet_jobs._private_jobs;
    create table guichet_workflows.workers (worker_id text);
    create function guichet_workflows.held_of(streams text[]) returns setof text language sql as 'select null::text'`)
  await migrateSchema(pool, clockSchema)
  const { rows } = await pool.query(
    `select to_regnamespace('guichet_jobs') as queue, to_regclass('guichet_workflows.workers') as workers,
            to_regproc('guichet_workflows.held_of') as held_of`,
  )
  expect(rows).toEqual([{ queue: null, workers: null, held_of: null }])
  await showGeneration('one')
  await stands(['ticket-1'], past)
  expect(named(await leases().claim(9))).toEqual(['ticket-1'])
})
