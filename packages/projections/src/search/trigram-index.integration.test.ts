import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { RunnerLog } from '../runner/failure.ts'
import { openSession } from '../runner/session.ts'
import { searchProjection } from './model.ts'

const release: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const each of release.splice(0).reverse()) await each()
})

/** A database in which a role may write two schemas and nothing else; `furnish` creates the tables of one as a role. */
async function database() {
  const { url, drop } = await createTestDatabase()
  release.push(drop)
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  release.push(() => pool.end())
  const plain = `plain_${new URL(url).pathname.slice(1)}`
  await pool.query(`create role ${plain}`)
  await pool.query(`create schema rm_search_1 authorization ${plain}; create schema rm_search_2 authorization ${plain}`)
  release.push(() => pool.query(`drop owned by ${plain} cascade; drop role ${plain}`))
  const session = await openSession(pool)
  release.push(session.close)
  const warnings: string[] = []
  const log: RunnerLog = (level, message) => warnings.push(`${level}: ${message}`)
  const furnish = async (schema: string, role: string): Promise<void> => {
    const { createTables, createIndexes } = searchProjection(log)
    await session.begin(`${schema}, public`)
    await session.query(`set local role ${role}`)
    await createTables(session.tx)
    await createIndexes(session.tx)
    await session.query('commit')
  }
  const indexed = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ schemaname: string }>(
      `select schemaname from pg_indexes where indexdef like '%gin_trgm_ops%' order by schemaname`,
    )
    return rows.map(({ schemaname }) => schemaname)
  }
  return { pool, plain, warnings, furnish, indexed }
}

it('creates the extension where every generation finds it, also when one is dropped', async () => {
  const { pool, warnings, furnish, indexed } = await database()
  await furnish('rm_search_1', 'none')
  await furnish('rm_search_2', 'none')
  expect(await indexed()).toEqual(['rm_search_1', 'rm_search_2'])
  await pool.query('drop schema rm_search_1 cascade')
  expect(await indexed()).toEqual(['rm_search_2'])
  expect(warnings).toEqual([])
})

it('works without it for a role that may not create it, and logs once what to do', async () => {
  const { plain, warnings, furnish, indexed } = await database()
  await furnish('rm_search_1', plain)
  expect(await indexed()).toEqual([])
  expect(warnings).toEqual([
    expect.stringMatching(/^warn: .*pg_trgm.*permission denied.*create extension pg_trgm.*rebuild/),
  ])
})

it('uses an existing extension, in whatever schema', async () => {
  const { pool, plain, warnings, furnish, indexed } = await database()
  await pool.query('create schema "Extensions"')
  await pool.query(`grant usage on schema "Extensions" to ${plain}`)
  await pool.query('create extension pg_trgm schema "Extensions"')
  await furnish('rm_search_1', plain)
  expect(await indexed()).toEqual(['rm_search_1'])
  expect(warnings).toEqual([])
})
