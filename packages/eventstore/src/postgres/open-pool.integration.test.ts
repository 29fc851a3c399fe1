import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { isDatabaseAway, openPool, tookTooLong } from './pool.ts'

describe('a pool', () => {
  let database: TestDatabase
  let administrator: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase()
    administrator = new pg.Client({ connectionString: database.url })
    await administrator.connect()
  })
  afterAll(async () => {
    await administrator.end()
    await database.drop()
  })

  const end = (backend: number | undefined) => administrator.query('select pg_terminate_backend($1)', [backend])
  const backendOf = async (client: pg.Pool | pg.ClientBase): Promise<number | undefined> =>
    (await client.query<{ id: number }>('select pg_backend_pid() as id')).rows[0]?.id

  it('survives the end of a lent connection between two queries, and replaces it', async () => {
    const lost: Error[] = []
    const pool = openPool({
      connectionString: database.url,
      maxConnections: 1,
      onLost: (error) => void lost.push(error),
    })
    const client = await pool.connect()
    const ended = new Promise<void>((resolve) => void client.once('end', () => resolve()))
    const backend = await backendOf(client)
    await end(backend)
    await ended
    expect(lost.map(({ message }) => message)).toContain('terminating connection due to administrator command')
    await expect(client.query('select 1')).rejects.toThrow(/not queryable/)
    client.release()
    expect(await backendOf(pool)).not.toBe(backend)
    await pool.end()
  })

  it('survives the end of an idle connection, and replaces it', async () => {
    const pool = openPool({ connectionString: database.url, maxConnections: 1 })
    const backend = await backendOf(pool)
    const removed = new Promise<void>((resolve) => void pool.once('remove', () => resolve()))
    await end(backend)
    await removed
    expect(await backendOf(pool)).not.toBe(backend)
    await pool.end()
  })

  it.each([
    [true, 'on'],
    [false, 'off'],
  ])('waits for the disk as configured: %s', async (waitsForDisk, setting) => {
    const pool = openPool({ connectionString: database.url, waitsForDisk })
    const { rows } = await pool.query('show synchronous_commit')
    expect(rows).toEqual([{ synchronous_commit: setting }])
    await pool.end()
  })

  it('cancels a statement that exceeds its time limit, and continues with the next', async () => {
    const pool = openPool({ connectionString: database.url, maxConnections: 1, statementTimeoutMs: 50 })
    const error: unknown = await pool.query('select pg_sleep(60)').catch((reason: unknown) => reason)
    expect(tookTooLong(error)).toBe(true)
    expect(isDatabaseAway(error)).toBe(false)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })
})
