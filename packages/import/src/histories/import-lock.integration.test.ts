import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { holdImport, runningImports } from './import-lock.ts'

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const running = async (): Promise<readonly string[]> => [...(await runningImports(database.url, ['a', 'b']))].sort()

const nothing = (): Promise<void> => Promise.resolve()

describe('the lock of an import', () => {
  it('is had by one at a time, as long as its work lasts', async () => {
    await holdImport(database.url, 'a', async () => {
      await expect(holdImport(database.url, 'a', nothing)).rejects.toMatchObject({ code: 'import_running' })
      await holdImport(database.url, 'b', async () => expect(await running()).toEqual(['a', 'b']))
      expect(await running()).toEqual(['a'])
    })
    expect(await running()).toEqual([])
    await holdImport(database.url, 'a', nothing)
  })

  it('is taken again when its connection breaks', async () => {
    const holders = async (): Promise<number[]> => {
      const { rows } = await client.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and objsubid = 1
           and database = (select oid from pg_database where datname = current_database())`,
      )
      return rows.map(({ pid }) => pid)
    }
    await holdImport(database.url, 'a', async () => {
      const before = await holders()
      expect(before).toHaveLength(1)
      await client.query('select pg_terminate_backend($1, 5000)', before)
      await vi.waitUntil(async () => (await running()).length > 0)
      expect(await holders()).not.toEqual(before)
    })
    expect(await running()).toEqual([])
  })

  it('aborts the work when another process has taken it while the connection was broken', async () => {
    const take = `select pg_advisory_lock(hashtextextended('import a', 0))`
    const lost = holdImport(database.url, 'a', async (signal) => {
      const { rows } = await client.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and objsubid = 1 and granted
           and database = (select oid from pg_database where datname = current_database())`,
      )
      const other = new pg.Client({ connectionString: database.url })
      await other.connect()
      try {
        const taken = other.query(take)
        const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`
        await vi.waitUntil(async () => (await client.query(waiting)).rows.length > 0)
        await client.query('select pg_terminate_backend($1)', [rows[0]?.pid])
        await taken
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        signal.throwIfAborted()
      } finally {
        await other.end()
      }
    })
    await expect(lost).rejects.toMatchObject({ code: 'import_running' })
    await holdImport(database.url, 'a', nothing)
  })

  it('aborts the work when the signal does that it was given', async () => {
    const stop = new AbortController()
    const stopped = holdImport(
      database.url,
      'a',
      async (signal) => {
        stop.abort(new Error('stopped'))
        signal.throwIfAborted()
      },
      stop.signal,
    )
    await expect(stopped).rejects.toThrow('stopped')
  })
})
