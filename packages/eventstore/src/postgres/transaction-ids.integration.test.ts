import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { expectGlobalOrder, untilReadable } from '../contract/reading.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { postgresStore, repairTransactionIds } from './store.ts'

describe('a dump restored into a server with a lower transaction counter', () => {
  let database: TestDatabase
  let pool: pg.Pool
  const open = () => postgresStore({ pool, catalogue: sampleCatalogue })

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = new pg.Pool({ connectionString: database.url })
    const store = await open()
    for (const text of ['a', 'b', 'c']) await store.append(notes(newStream(), 'any', text))
    await store.close()
    await pool.query(
      `alter table guichet.events disable trigger append_only;
       update guichet.events set transaction_id = (transaction_id::text::bigint + 5000000000)::text::xid8;
       alter table guichet.events enable trigger append_only`,
    )
  })

  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  it('is refused with the remedy until it is repaired, and then continues its history', async () => {
    await expect(open()).rejects.toMatchObject({ name: 'StoreUnusable', reason: 'transaction_ids_ahead' })
    await expect(open()).rejects.toThrow('repairTransactionIds')

    expect(await repairTransactionIds(pool)).toBe(true)
    const store = await open()
    const restored = await store.readAll({ limit: 10 })
    expect(restored.map(({ event }) => 'text' in event && event.text)).toEqual(['a', 'b', 'c'])

    const checkpoint = restored.at(-1)?.position
    await store.append(notes(newStream(), 'any', 'd'))
    await untilReadable(store, await store.append(notes(restored[0]?.stream ?? '', 1, 'e')))
    const added = await store.readAll({ after: checkpoint, limit: 10 })
    expect(added.map(({ event }) => 'text' in event && event.text)).toEqual(['d', 'e'])
    expectGlobalOrder(store, [...restored, ...added])
    expect(await store.lag()).toMatchObject({ hiddenEvents: 0, newest: await store.head() })
    await store.close()
  })

  it('is not changed by a second repair', async () => {
    const offset = () => pool.query('select guichet.transaction_offset() as offset')
    const before = (await offset()).rows
    expect(await repairTransactionIds(pool)).toBe(false)
    expect((await offset()).rows).toEqual(before)
    await (await open()).close()
  })
})
