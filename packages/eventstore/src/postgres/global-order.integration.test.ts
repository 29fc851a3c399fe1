import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { readableNow, untilReadable } from '../contract/reading.ts'
import type { TestDatabase } from '../testing/index.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'
import type { PostgresStore } from './store.ts'
import { postgresStore } from './store.ts'

describe('global order', () => {
  let database: TestDatabase
  let store: PostgresStore

  beforeAll(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
  })

  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  const slowly = (stream: string) => appendSlowly(database.url, sampleCatalogue, notes(stream, 'any', 'slow'))
  const readFrom = (after: Awaited<ReturnType<PostgresStore['head']>>) => store.readAll({ after, limit: 100 })

  it('hides what was committed after a slow transaction began, until that one ends', async () => {
    const before = await readableNow(store)
    const slow = await slowly(newStream())
    const fast = await store.append(notes(newStream(), 'any', 'fast'))
    expect(fast.kind).toBe('appended')
    expect(await readFrom(before)).toEqual([])
    expect(await store.head()).toBe(before)

    const lag = await store.lag()
    expect(lag).toMatchObject({ readable: before, newest: 'position' in fast && fast.position, hiddenEvents: 1 })
    expect(lag.oldestWriter?.ageMs).toBeGreaterThanOrEqual(0)
    expect(lag.oldestWriter?.description).toMatch(/^process \d+ of /)

    await slow.commit()
    await untilReadable(store, fast)
    const texts = (await readFrom(before)).map(({ event }) => 'text' in event && event.text)
    expect(texts).toEqual(['slow', 'fast'])
    expect(await store.lag()).toMatchObject({ hiddenEvents: 0 })
  })

  it('reveals later events when a slow transaction fails', async () => {
    const before = await readableNow(store)
    const slow = await slowly(newStream())
    const fast = await store.append(notes(newStream(), 'any', 'fast'))
    await slow.rollback()
    await untilReadable(store, fast)
    expect(await readFrom(before)).toHaveLength(1)
  })

  it('shows a stream’s own events at once, however slow others are', async () => {
    const slow = await slowly(newStream())
    const append = notes(newStream(), 'any', 'fast')
    await store.append(append)
    expect(await store.readStream(append.stream)).toHaveLength(1)
    expect(await store.findCommand(append.stream, append.commandId)).toMatchObject({ version: 1 })
    await slow.commit()
    await untilReadable(store, await store.append(append))
  })

  it('gives a writer that waited for its stream a later transaction than the one it waited for', async () => {
    const stream = newStream()
    const before = await readableNow(store)
    const slow = await slowly(stream)
    const waiting = store.append(notes(stream, 'any', 'waited'))
    await store.append(notes(newStream(), 'any', 'other'))
    await slow.commit()
    expect(await waiting).toMatchObject({ kind: 'appended', version: 2 })
    await untilReadable(store, await waiting)
    const versions = (await readFrom(before)).filter((envelope) => envelope.stream === stream)
    expect(versions.map(({ version }) => version)).toEqual([1, 2])
  })

  it('refuses to append in a transaction that has an id already, which could invert a stream', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('begin')
    await client.query('select pg_current_xact_id()')
    const none = Array.from({ length: 15 }, () => `'{}'`).join(', ')
    await expect(client.query(`select * from guichet.append(${none})`)).rejects.toThrow('a transaction of its own')
    await client.query('rollback')
    await client.query('begin isolation level repeatable read')
    await expect(client.query(`select * from guichet.append(${none})`)).rejects.toThrow('read committed')
    await client.end()
  })
})
