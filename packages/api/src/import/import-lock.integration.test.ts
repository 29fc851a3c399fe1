import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
      while ((await running()).length === 0);
      expect(await holders()).not.toEqual(before)
    })
    expect(await running()).toEqual([])
  })
})
