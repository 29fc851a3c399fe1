import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { appendWithin, toStorable } from './append.ts'
import { postgresStore } from './store.ts'

/** Plans last for the life of a connection, so they must be right while the table is still small. */
describe('plans', () => {
  let database: TestDatabase
  let client: pg.Client
  let plans: string[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    const store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    await store.append(notes(newStream(), 'any', 'a'))
    await store.close()
    client = new pg.Client({ connectionString: database.url })
    client.on('notice', ({ message }) => void plans.push(message ?? ''))
    await client.connect()
    await client.query('vacuum analyze guichet.events')
    await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0;
      set auto_explain.log_nested_statements = on; set client_min_messages = log`)
  })

  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  /** The plans of the statements inside the functions. */
  const plansOf = async (work: () => Promise<unknown>): Promise<string> => {
    plans = []
    await work()
    return plans.filter((plan) => plan.includes('guichet.events')).join('\n')
  }

  it.each([
    ['a stream', `guichet.read_stream('note-1', 1)`, 'Index Scan using events_stream_version'],
    ['a command', `guichet.find_command('note-1', 'c')`, 'Index Scan using events_command'],
    ['all events', `guichet.read_all('1', 1, 10)`, 'Index Scan using events_global_order'],
    ['the last event', 'guichet.head()', 'Index Scan Backward using events_global_order'],
  ])('read %s by an index, without sorting', async (_, call, scan) => {
    const plan = await plansOf(() => client.query(`select * from ${call}`))
    expect(plan).toContain(scan)
    expect(plan).not.toMatch(/Seq Scan|Bitmap|Sort/)
  })

  it('read all events as one range of the index', async () => {
    const plan = await plansOf(() => client.query(`select * from guichet.read_all('1', 1, 10)`))
    expect(plan).toMatch(/Index Cond: .*ROW\(transaction_id, "position"\) > .* AND \(transaction_id </)
  })

  it('append with two look-ups by index per event', async () => {
    const appends = [notes(newStream(), 'any', 'a'), notes(newStream(), 'any', 'b')]
    const storable = appends.map((append) => toStorable(sampleCatalogue, append))
    const plan = await plansOf(() => appendWithin(client, 'guichet', storable))
    expect(plan).toContain('using events_stream_version')
    expect(plan).toContain('using events_command')
    expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash|Merge/)
  })
})
