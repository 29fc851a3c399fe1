import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, openDatabaseProxy } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockSchema } from './schema.ts'
import { startWorkers } from './worker-pool.ts'

describe('the workers of the clock', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('end without a failure that nobody hears when the database goes while they end', async () => {
    const proxy = await openDatabaseProxy(database.url)
    const pool = openPool({ connectionString: proxy.url })
    await migrateSchema(pool, clockSchema)
    const asked = proxy.holdBack('LISTEN "jobs:insert"')
    const workers = startWorkers({ pool, tasks: {}, concurrency: 1, pollMs: 50, onError: () => undefined })
    await asked
    const unheard: unknown[] = []
    const hear = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', hear)
    const stopped = workers.stop()
    proxy.cut()
    await stopped
    expect(pool.idleCount).toBe(pool.totalCount)
    process.off('unhandledRejection', hear)
    expect(unheard).toEqual([])
    await pool.end()
    await proxy.close()
  })
})
