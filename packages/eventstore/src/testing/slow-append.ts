import type { Append, EventCatalogue } from '@guichet/domain'
import pg from 'pg'
import type { SlowAppend } from '../contract/harness.ts'
import { appendWithin } from '../postgres/append-statement.ts'
import { toStorable } from '../postgres/storable.ts'

export type { SlowAppend } from '../contract/harness.ts'

/** Appends to a Postgres store in a transaction that stays open until the test ends it. */
export async function appendSlowly(
  url: string,
  catalogue: EventCatalogue,
  append: Append,
  schema = 'guichet',
): Promise<SlowAppend> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const end = async (statement: 'commit' | 'rollback'): Promise<void> => {
    await client.query(statement)
    await client.end()
  }
  await client.query('begin')
  const [outcome] = await appendWithin(client, schema, [toStorable(catalogue, append)])
  if (typeof outcome !== 'object' || outcome.kind !== 'appended') {
    await end('rollback')
    throw new Error(`the slow append was answered ${JSON.stringify(outcome)}`)
  }
  return { commit: () => end('commit'), rollback: () => end('rollback') }
}
