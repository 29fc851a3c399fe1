import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { AppendOutcomeUnknown, StoreUnavailable } from '../failure.ts'
import type { TestDatabase } from '../testing/index.ts'
import { appendSlowly, createTestDatabase, openDatabaseProxy } from '../testing/index.ts'
import { postgresStore } from './store.ts'

describe('when the connection is lost', () => {
  let database: TestDatabase
  let admin: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase()
    admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
  })

  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  /** Repeats a query until it finds rows. */
  const eventually = (query: string): Promise<unknown> =>
    vi.waitUntil(async () => ((await admin.query(query)).rowCount === 0 ? undefined : query))

  it('an append whose backend dies has an unknown outcome, and can be repeated', async () => {
    const store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    const stream = newStream()
    const slow = await appendSlowly(database.url, sampleCatalogue, notes(stream, 'any', 'slow'))
    const append = notes(stream, 'any', 'mine')
    const lost = store.append(append)
    const waiting = `from pg_stat_activity where wait_event_type = 'Lock' and query like '%append%'
      and datname = current_database()`
    const rejected = expect(lost).rejects.toThrow(AppendOutcomeUnknown)
    await eventually(`select pid ${waiting}`)
    await admin.query(`select pg_terminate_backend(pid) ${waiting}`)
    await rejected
    await slow.commit()
    expect(await store.append(append)).toMatchObject({ kind: 'appended', version: 2 })
    await store.close()
  })

  it('an append whose answer was lost is a duplicate when it is repeated', async () => {
    const proxy = await openDatabaseProxy(database.url)
    const pool = new pg.Pool({ connectionString: proxy.url }).on('error', () => undefined)
    const store = await postgresStore({ pool, catalogue: sampleCatalogue })
    await store.append(notes(newStream(), 'any', 'warm'))
    await eventually(
      `select from pg_stat_activity where query like 'select pg_notify%' and datname = current_database()`,
    )
    await vi.waitUntil(() => pool.idleCount === pool.totalCount)
    const append = notes(newStream(), 'any', 'mine')
    proxy.swallowAnswers()
    const rejected = expect(store.append(append)).rejects.toThrow(AppendOutcomeUnknown)
    await eventually(`select from guichet.events where stream = '${append.stream}'`)
    proxy.cut()
    await rejected
    expect(await store.append(append)).toMatchObject({ kind: 'duplicate', version: 1 })
    await store.close()
    await pool.end()
    await proxy.close()
  })

  it('an append that cannot reach the database has written nothing', async () => {
    const proxy = await openDatabaseProxy(database.url)
    const pool = new pg.Pool({ connectionString: proxy.url, max: 1 }).on('error', () => undefined)
    const store = await postgresStore({ pool, catalogue: sampleCatalogue })
    const disconnected = new Promise((resolve) => void pool.once('remove', resolve))
    await proxy.close()
    await disconnected
    const appends = [notes(newStream(), 'any', 'a'), notes(newStream(), 'any', 'b')]
    const settled = await Promise.allSettled(appends.map((append) => store.append(append)))
    expect(settled).toMatchObject(appends.map(() => ({ reason: expect.any(StoreUnavailable) })))
    await store.close()
    await pool.end()
  })
})
