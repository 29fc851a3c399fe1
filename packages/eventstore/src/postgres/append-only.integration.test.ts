import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { untilReadable } from '../contract/reading.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { events } from './migrations.ts'
import { prepareEvents } from './prepare-events.ts'
import { postgresStore } from './store.ts'

let database: TestDatabase
let admin: pg.Pool
let role: string
let runningUrl: string
beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Pool({ connectionString: database.url, max: 2 })
  const name = new URL(database.url).pathname.slice(1)
  role = name.replace('test', 'runner')
  await admin.query(`create role ${role} login password 'runner'; grant create on database ${name} to ${role}`)
  const url = new URL(database.url)
  url.username = role
  url.password = 'runner'
  runningUrl = url.href
})
afterAll(async () => {
  await admin.query(`drop owned by ${role} cascade; drop role ${role}`)
  await admin.end()
  await database.drop()
})

const rewriting = (schema: string): readonly string[] => [
  `update ${schema}.events set type = 'x'`,
  `delete from ${schema}.events`,
  `truncate ${schema}.events`,
  `update ${schema}.identity set identity = gen_random_uuid()`,
  `delete from ${schema}.identity`,
]
const dismantling = (schema: string): readonly string[] => [
  `alter table ${schema}.events disable trigger append_only`,
  `alter table ${schema}.events add column x text`,
  `drop table ${schema}.events`,
  `drop schema ${schema} cascade`,
  `create or replace function ${schema}.transaction_offset() returns bigint language sql as 'select bigint ''9'''`,
]

/** The outcome of each statement: the code of its refusal. */
async function attempted(url: string, statements: readonly string[]): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const outcomes: string[] = []
  for (const statement of statements) {
    const code = await client.query(statement).then(
      () => 'done',
      (error: { readonly code?: string }) => error.code,
    )
    outcomes.push(`${statement}: ${code}`)
  }
  await client.end()
  return outcomes
}

const denied = (statements: readonly string[]): readonly string[] => statements.map((each) => `${each}: 42501`)

/** Appends and reads as the product's role. */
async function use(schema: string): Promise<void> {
  const store = await postgresStore({ connectionString: runningUrl, catalogue: sampleCatalogue, schema })
  const outcome = await store.append(notes(newStream(), 'any', 'a'))
  await untilReadable(store, outcome)
  expect(await store.readAll({ limit: 10 })).toHaveLength(1)
  expect(await store.identity()).toMatch(/^[0-9a-f-]{36}$/)
  await store.close()
}

describe('stored events', () => {
  it('are not changed or removed, not even by a superuser who owns them', async () => {
    const store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    await store.append(notes(newStream(), 'any', 'a'))
    await store.close()
    expect(await attempted(database.url, rewriting('guichet'))).toEqual(denied(rewriting('guichet')))
  })

  it('are not changed or removed by any other owner', async () => {
    await use('owned')
    expect(await attempted(runningUrl, rewriting('owned'))).toEqual(denied(rewriting('owned')))
  })

  it('cannot be removed by the role that appends them, where another one owns them', async () => {
    await prepareEvents(admin, { schema: 'separate', role })
    await use('separate')
    const statements = [...rewriting('separate'), ...dismantling('separate')]
    expect(await attempted(runningUrl, statements)).toEqual(denied(statements))
  })

  it('of an older version, which ran as one role, are taken over by their owner, by several processes at once', async () => {
    await attempted(runningUrl, [
      'create schema old',
      events('old'),
      'create table old.migrations (part text, version integer, applied_at timestamptz default now())',
      `insert into old.migrations values ('events', 1)`,
    ])
    await Promise.all([1, 2].map(() => prepareEvents(admin, { schema: 'old', role })))
    await use('old')
    const statements = [...rewriting('old'), ...dismantling('old')]
    expect(await attempted(runningUrl, statements)).toEqual(denied(statements))
  })

  it('are not left to a role that could still change them, or that does not exist', async () => {
    for (const each of [new URL(database.url).username, 'nobody_at_all']) {
      await expect(prepareEvents(admin, { role: each })).rejects.toMatchObject({ reason: 'role_not_restricted' })
    }
  })

  it('are not taken from their owner by a role without rights over them', async () => {
    const runner = new pg.Pool({ connectionString: runningUrl, max: 1 })
    await (await postgresStore({ pool: admin, catalogue: sampleCatalogue, schema: 'theirs' })).close()
    const other = `other_${role}`
    await admin.query(`create role ${other}`)
    await expect(prepareEvents(runner, { schema: 'theirs', role: other })).rejects.toMatchObject({
      reason: 'role_not_restricted',
      message: expect.stringContaining('cannot be taken over'),
    })
    await runner.end()
    await admin.query(`drop role ${other}`)
  })
})
