import pg from 'pg'
import { expect, it } from 'vitest'
import type { EphemeralBus } from '@guichet/domain'
import { inProcessBus } from '@guichet/domain'
import { busContract } from '../contract/bus-contract.ts'
import { createTestDatabase } from '../testing/postgres.ts'
import { postgresBus } from './postgres-bus.ts'

busContract('the bus within a process', async () => {
  const bus = inProcessBus()
  return { open: () => bus }
})

busContract('the bus over notifications of Postgres', async () => {
  const database = await createTestDatabase()
  return { open: () => postgresBus({ connectionString: database.url }), dispose: () => database.drop() }
})

it('sends what waits together, the latest of a key alone, and writes to no table', async () => {
  const database = await createTestDatabase()
  const listener = new pg.Client({ connectionString: database.url })
  await listener.connect()
  await listener.query('listen guichet_ephemeral')
  const heard: string[] = []
  listener.on('notification', ({ payload = '' }) => void heard.push(payload))
  const bus = postgresBus({ connectionString: database.url, batchMs: 100 })
  for (let n = 0; n < 200; n++) bus.publish('typing', { n }, `key ${n % 2}`)
  bus.publish('typing', 'last')
  await expect.poll(() => heard.join().includes('"last"')).toBe(true)
  expect(heard.length).toBeLessThanOrEqual(2)
  expect(heard.join().match(/"n":/g)?.length).toBeLessThanOrEqual(4)
  const { rows } = await listener.query(
    "select 1 from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
  )
  expect(rows).toEqual([])
  await bus.close()
  await listener.end()
  await database.drop()
})

it('ignores notifications that no bus has sent', async () => {
  const database = await createTestDatabase()
  const bus = postgresBus({ connectionString: database.url })
  await new Promise<void>((resolve) => void bus.onConnected(resolve))
  const received: unknown[] = []
  bus.subscribe('t', (payload) => void received.push(payload))
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const text of ['nonsense', '{}', '["x"]', '["x",1,[["t"]]]', '["x",1,[["t",1]],1]', '["x",2,[["t",2]]]']) {
    await client.query('select pg_notify($1, $2)', ['guichet_ephemeral', text])
  }
  await expect.poll(() => received).toEqual([2])
  await client.end()
  await bus.close()
  await database.drop()
})

it('is connected again after its connections were cut, and says so', async () => {
  const database = await createTestDatabase()
  const open = (): EphemeralBus => postgresBus({ connectionString: database.url })
  const [one, other] = [open(), open()]
  let announced = 0
  other.onConnected(() => void announced++)
  await expect.poll(() => announced).toBe(1)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await expect.poll(() => announced).toBe(2)
  const received: unknown[] = []
  other.subscribe('t', (payload) => void received.push(payload))
  await expect
    .poll(() => {
      one.publish('t', 'again', 'key')
      return received.length
    })
    .toBeGreaterThan(0)
  await client.end()
  await Promise.all([one.close(), other.close()])
  await database.drop()
})
