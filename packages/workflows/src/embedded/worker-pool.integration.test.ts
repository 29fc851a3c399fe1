import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, openDatabaseProxy } from '@guichet/eventstore/testing'
import { clockSchema } from './queue.ts'
import { poolForQueue, startWorkers } from './workers.ts'

describe('the pool of the queue', () => {
  it('accepts the release of a connection that it has not lent, because it has ended', async () => {
    const pool = openPool({ connectionString: 'postgres://127.0.0.1:1/none' })
    await pool.end()
    const failed = await new Promise<Error | undefined>((resolve) => {
      poolForQueue(pool).connect((error, _, release) => {
        release()
        resolve(error)
      })
    })
    expect(failed?.message).toMatch(/after calling end/)
  })
})

describe('the workers of the clock', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('end without an unhandled rejection when the database stops while they end', async () => {
    const proxy = await openDatabaseProxy(database.url)
    const pool = openPool({ connectionString: proxy.url })
    await migrateSchema(pool, clockSchema)
    const requested = proxy.holdBack('LISTEN "jobs:insert"')
    const workers = startWorkers({ pool, tasks: {}, concurrency: 1, pollMs: 50, onError: () => undefined })
    await requested
    const unhandled: unknown[] = []
    const onRejection = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', onRejection)
    const stopped = workers.stop()
    proxy.cut()
    await stopped
    expect(pool.idleCount).toBe(pool.totalCount)
    process.off('unhandledRejection', onRejection)
    expect(unhandled).toEqual([])
    await pool.end()
    await proxy.close()
  })
})
