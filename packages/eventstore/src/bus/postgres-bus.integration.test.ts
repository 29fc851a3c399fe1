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

it('drops a long message of which a part is missing, and nothing else', async () => {
  const database = await createTestDatabase()
  const bus = postgresBus({ connectionString: database.url })
  await new Promise<void>((resolve) => void bus.onConnected(resolve))
  const received: unknown[] = []
  bus.subscribe('t', (payload) => void received.push(payload))
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const notify = (...parts: readonly (string | number)[]) =>
    client.query('select pg_notify($1, $2)', ['guichet_ephemeral', JSON.stringify(parts)])
  const [first = '', second = ''] = ['["t","a', 'b"]'].map((text) => Buffer.from(text).toString('base64'))
  await notify('x', 1, 0, 2, first)
  await notify('x', 3, 1, 2, second)
  await notify('x', 4, 1, 2, second)
  await notify('x', 5, 0, 2, first)
  await notify('x', 6, 0, 2, first)
  await notify('y', 1, 0, 2, first)
  await notify('x', 7, 1, 2, second)
  await notify('y', 2, 1, 2, second)
  for (const wrong of [
    [0, 1, first],
    [-1, 2, first],
    [0, 2, '*'],
    [0, 1_000, first],
    [0, 2],
  ])
    await notify('z', 1, ...wrong)
  bus.publish('t', 'own')
  await expect.poll(() => received.filter((each) => each === 'ab')).toEqual(['ab', 'ab'])
  await client.query('select pg_notify($1, $2)', ['guichet_ephemeral', '["v",1,[["t","end"]]]'])
  await expect.poll(() => received.at(-1)).toBe('end')
  expect(received.toSorted()).toEqual(['ab', 'ab', 'end', 'own'])
  await client.end()
  await bus.close()
  await database.drop()
})

it('sends all that waits before it is closed, however much that is', async () => {
  const database = await createTestDatabase()
  const [one, other] = [database.url, database.url].map((connectionString) => postgresBus({ connectionString }))
  if (!one || !other) throw new Error('there are two')
  await new Promise<void>((resolve) => void other.onConnected(resolve))
  const received: string[] = []
  other.subscribe('t', (payload) => void received.push(payload as string))
  const payloads = Array.from({ length: 12 }, (_, n) => `${n}${'x'.repeat(250_000)}`)
  for (const payload of payloads) one.publish('t', payload)
  await one.close()
  await expect.poll(() => received.length).toBe(payloads.length)
  expect(received.map((payload, n) => payload === payloads[n])).toEqual(payloads.map(() => true))
  await other.close()
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
