import pg from 'pg'
import { expect, it } from 'vitest'
import { createTestDatabase } from './test-database.ts'

it('gives every caller an empty database of its own', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const client = new pg.Client({ connectionString: one.url })
  await client.connect()
  const { rows } = await client.query<{ encoding: string }>(
    'select pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()',
  )
  await client.end()
  await Promise.all([one.drop(), other.drop()])
  expect(one.url).not.toBe(other.url)
  expect(rows).toEqual([{ encoding: 'UTF8' }])
})
