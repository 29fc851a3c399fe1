import { randomUUID } from 'node:crypto'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from './testing.ts'

const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

describe('guichet repair', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('finds nothing to do in a database without history', async () => {
    expect(await guichet({ DATABASE_URL: database.url }, 'repair')).toEqual({
      code: 0,
      out: 'There was nothing to repair.',
      err: '',
    })
  })

  it('makes a dump that was restored into a younger server usable, with its history', async () => {
    const variables = { DATABASE_URL: database.url }
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    await desk.execute('ticket', 't1', open, { by })
    await store.close()
    const replayed = await guichet(variables, 'replay', 't1')
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(
      `alter table guichet.events disable trigger append_only;
       update guichet.events set transaction_id = (transaction_id::text::bigint + 5000000000)::text::xid8;
       alter table guichet.events enable trigger append_only`,
    )
    await client.end()

    expect(await guichet(variables, 'replay', 't1')).toMatchObject({
      code: 3,
      err: expect.stringContaining('guichet repair'),
    })
    expect(await guichet(variables, 'repair', '--json')).toEqual({ code: 0, out: '{"repaired":true}', err: '' })
    expect(await guichet(variables, 'replay', 't1')).toEqual(replayed)
    expect(await guichet(variables, 'repair', '--json')).toMatchObject({ out: '{"repaired":false}' })
  })
})
