import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { untilReadable } from '../contract/reading.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { postgresStore } from './store.ts'

describe('the schema', () => {
  let database: TestDatabase
  let pool: pg.Pool

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = new pg.Pool({ connectionString: database.url })
  })

  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  const open = (schema: string) => postgresStore({ pool, catalogue: sampleCatalogue, schema })

  it('is created once by many concurrent callers', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => open('crowded')))
    const { rows } = await pool.query('select version from crowded.migrations order by version')
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }, { version: 4 }])
    await Promise.all(stores.map((store) => store.close()))
  })

  it('separates several stores in one database, and leaves a given pool open', async () => {
    const [one, other] = [await open('one'), await open('other')]
    const append = notes(newStream(), 'no_stream', 'a')
    await one.append(append)
    expect(await other.readStream(append.stream)).toEqual([])
    await Promise.all([one.close(), other.close()])
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('is not touched by a program that is older than it', async () => {
    await (await open('future')).close()
    await pool.query(`insert into future.migrations (part, version) values ('events', 99)`)
    await expect(open('future')).rejects.toMatchObject({ name: 'StoreUnusable', reason: 'schema_too_new' })
  })

  it('is rolled back as a whole when a step fails', async () => {
    await pool.query('create schema occupied; create table occupied.events (id integer)')
    await expect(open('occupied')).rejects.toThrow('already exists')
    const { rows } = await pool.query(`select to_regclass('occupied.migrations') as migrations`)
    expect(rows).toEqual([{ migrations: null }])
  })

  it.each(['Guichet', 'a"b', 'a; drop table x', '', '1st'])('has a plain name, not %j', async (schema) => {
    await expect(open(schema)).rejects.toThrow(RangeError)
  })

  it('serves a role that may not change it', async () => {
    await (await open('served')).close()
    const role = `teller_${Date.now()}`
    await pool.query(`create role ${role} login password 'teller'`)
    await pool.query(`
      grant usage on schema served to ${role};
      grant select, insert on all tables in schema served to ${role};
      grant usage on all sequences in schema served to ${role}`)
    const url = new URL(database.url)
    url.username = role
    url.password = 'teller'
    const store = await postgresStore({ connectionString: url.href, catalogue: sampleCatalogue, schema: 'served' })
    const outcome = await store.append(notes(newStream(), 'any', 'a'))
    expect(outcome).toMatchObject({ kind: 'appended' })
    await untilReadable(store, outcome)
    expect(await store.readAll({ limit: 10 })).toHaveLength(1)
    await store.close()
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  })
})
