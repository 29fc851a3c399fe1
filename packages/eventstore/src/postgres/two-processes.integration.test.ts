import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { expectGlobalOrder, untilReadable } from '../contract/reading.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import type { PostgresStore } from './store.ts'
import { postgresStore } from './store.ts'

describe('two stores on one database', () => {
  let database: TestDatabase
  let one: PostgresStore
  let other: PostgresStore

  beforeAll(async () => {
    database = await createTestDatabase()
    const options = { connectionString: database.url, catalogue: sampleCatalogue }
    ;[one, other] = await Promise.all([postgresStore(options), postgresStore(options)])
  })

  afterAll(async () => {
    await Promise.all([one.close(), other.close()])
    await database.drop()
  })

  it('migrate it once, concurrently', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query('select version from guichet.migrations order by version')
    await client.end()
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }, { version: 4 }])
  })

  it('lose and duplicate nothing on common streams', async () => {
    const streams = Array.from({ length: 5 }, () => newStream())
    const appends = Array.from({ length: 300 }, (_, index) => notes(streams[index % 5] ?? '', 'any', 'a', 'b'))
    const outcomes = await Promise.all(appends.map((append, index) => (index % 2 ? one : other).append(append)))
    expect(outcomes.every(({ kind }) => kind === 'appended')).toBe(true)
    await untilReadable(one, ...outcomes)
    const all = await one.readAll({ limit: 10_000 })
    expect(all).toHaveLength(600)
    expectGlobalOrder(one, all)
  })

  it('wake each other’s readers, also after the listening connection was lost', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const listening = `from pg_stat_activity where query like 'listen %' and datname = current_database()`
    const listener = async (): Promise<number | undefined> =>
      (await client.query<{ pid: number }>(`select pid ${listening}`)).rows[0]?.pid
    const anotherThan = (pid: number | undefined): Promise<number> =>
      vi.waitUntil(async () => {
        const current = await listener()
        return current === pid ? undefined : current
      })
    let woken = (): void => undefined
    const stop = other.onAppended(() => woken())
    const wakes = () => new Promise<void>((resolve) => void (woken = resolve))

    const first = await anotherThan(undefined)
    let wake = wakes()
    await one.append(notes(newStream(), 'any', 'a'))
    await wake

    await client.query('select pg_terminate_backend($1)', [first])
    await anotherThan(first)
    wake = wakes()
    await one.append(notes(newStream(), 'any', 'b'))
    await wake
    stop()
    await client.end()
  })
})
