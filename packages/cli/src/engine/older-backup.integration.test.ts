import pg from 'pg'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'

const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

let database: TestDatabase
let admin: pg.Pool
let server: EventStoreServer | undefined
let engine: Engine | undefined
let lines: string[]

beforeEach(async () => {
  database = await createTestDatabase()
  admin = new pg.Pool({ connectionString: database.url, max: 1 })
  admin.on('error', () => undefined)
  lines = []
})

afterEach(async () => {
  await engine?.stop()
  engine = undefined
  await server?.stop()
  server = undefined
  await admin.end()
  await database.drop()
})

const start = async (): Promise<Engine> => {
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  )
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    GUICHET_READY_FAILING_MS: '1',
    ...(server && { EVENTSTORE_URL: server.url }),
  })
  engine = await startEngine(environment, { serves: true, log })
  return engine
}

const openTicket = async (id: string): Promise<Position> => {
  const outcome = await engine!.desk.execute('ticket', id, open, { by })
  if (!outcome.ok || outcome.value.position === undefined) throw new Error('not opened')
  return outcome.value.position
}

const shown = async (): Promise<readonly string[]> =>
  (await engine!.readModels.tickets.byIds(['a', 'b', 'c', 'd', 'e'])).flatMap((row) => row?.id ?? []).toSorted()

/** Waits until each reaction has processed the events so far. */
const reacted = async (position: Position): Promise<void> => {
  await expect
    .poll(async () => {
      const { store, reactions } = engine!
      return (await reactions.status())
        .filter(({ name }) => name === 'register_customers')
        .filter((each) => each.position === undefined || store.comparePositions(each.position, position) < 0)
    })
    .toEqual([])
}

/** Each store: a server if it is not the database, and how the backup of after the tickets a and b is restored. */
const stores = [
  {
    name: 'EventStoreDB',
    begin: async () => {
      server = await startEventStoreServer()
    },
    backUp: async () => {
      const backup = server!.log.backup()
      return async () => {
        await server!.stop()
        server = await startEventStoreServer({ log: backup })
      }
    },
  },
  {
    name: 'Postgres',
    begin: async () => undefined,
    backUp: async () => {
      const { rows } = await admin.query<{ last: string }>('select max(position)::text as last from guichet.events')
      return async () => {
        await admin.query('alter table guichet.events disable trigger append_only')
        await admin.query('delete from guichet.events where position > $1', [rows[0]?.last])
        await admin.query('alter table guichet.events enable trigger append_only')
      }
    },
  },
]

describe.each(stores)('an older backup of the events in $name', ({ begin, backUp }) => {
  it.each([
    ['before anything was written to it', []],
    ['after it has grown', ['d']],
  ])('stops what has followed the newer events, %s, and is followed after a rebuild', async (_, more) => {
    await begin()
    await start()
    await engine!.startClocks()
    await openTicket('a')
    await openTicket('b')
    const restore = await backUp()
    const last = await openTicket('c')
    expect(await engine!.runner.reached(last, 60_000)).toBe(true)
    await reacted(last)
    await engine!.stop()
    await restore()

    await start()
    for (const id of more) await openTicket(id)
    await engine!.stop()
    lines.length = 0
    await start()
    await engine!.startClocks()
    const position = await openTicket('e')
    expect(await engine!.runner.reached(position, 60_000)).toBe(false)
    expect(lines).toContainEqual(
      expect.stringMatching(/^read models have stopped: .*does not have the last event .*\(position \S+, event \S+\)/),
    )
    const { runner, followers, reactions } = engine!
    expect(await runner.stopped()).toContain('tickets')
    const missing = expect.stringContaining('does not have the last event')
    await expect.poll(async () => (await reactions.status()).map(({ error }) => error?.message)).toContainEqual(missing)
    await expect
      .poll(() => followers.failing())
      .toContainEqual({
        follower: 'the reaction register_customers',
        milliseconds: expect.any(Number),
        message: missing,
      })
    await expect.poll(() => followers.failing().map(({ follower }) => follower)).toContain('routing')

    for (const name of await runner.stopped()) await runner.rebuild(name)
    expect(await reactions.restart()).toContain('register_customers')
    await engine!.stop()
    await start()
    await engine!.startClocks()
    expect(await engine!.runner.reached(position, 60_000)).toBe(true)
    await reacted(position)
    expect(await shown()).toEqual(['a', 'b', ...more, 'e'])
    expect(await engine!.runner.stopped()).toEqual([])
  })
})
