import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { createWakeUp } from './wake-up.ts'

let database: TestDatabase
let pool: pg.Pool
beforeEach(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await pool.end()
  await database.drop()
})

it('wakes the readers of other processes at once, and then those of many appends together', async () => {
  const [writer, reader] = [createWakeUp(pool, 'guichet_appended'), createWakeUp(pool, 'guichet_appended')]
  const query = vi.spyOn(pool, 'query')
  let wakes = 0
  let woken = (): void => undefined
  const wake = (): Promise<void> => new Promise((resolve) => (woken = resolve))
  const listening = wake()
  reader.subscribe(() => {
    wakes++
    woken()
  })
  await listening

  const first = wake()
  writer.appended()
  await first
  for (let append = 0; append < 10; append++) writer.appended()
  expect([wakes, query.mock.calls.length]).toEqual([2, 1])
  const rest = wake()
  await vi.advanceTimersByTimeAsync(25)
  await rest
  expect([wakes, query.mock.calls.length]).toEqual([3, 2])
  await Promise.all([writer.close(), reader.close()])
})
