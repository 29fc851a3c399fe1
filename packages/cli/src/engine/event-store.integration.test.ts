import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isDatabaseAway, StreamDeleted, retryWhileAway } from '@guichet/eventstore'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import type { Environment } from '../environment/environment.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'

const lines: string[] = []
const log = pino(
  { level: 'warn' },
  { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
)
const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

describe('an engine with its events in EventStoreDB', () => {
  let database: TestDatabase
  let server: EventStoreServer
  let engine: Engine | undefined

  const configured = (url?: string): Environment =>
    readEnvironment({ DATABASE_URL: database.url, ...(url !== undefined && { EVENTSTORE_URL: url }) })

  beforeAll(async () => {
    database = await createTestDatabase()
    server = await startEventStoreServer()
    engine = await startEngine(configured(server.url), { serves: true, log })
    await engine.startClocks()
  })

  afterAll(async () => {
    await engine?.stop()
    await server.stop()
    await database.drop()
  })

  it('writes streams, types and metadata that an EventStoreDB user knows, and shows them in its read models', async () => {
    const executed = await engine?.desk.execute('ticket', 'burning', open, { by, correlationId: 'r1' })
    const position = executed?.ok ? executed.value.position : undefined
    expect(position).toMatch(/^C:\d+\/P:\d+$/)
    expect(await engine?.runner.reached(position!, 10_000)).toBe(true)
    expect(await engine?.readModels.tickets.byIds(['burning'])).toMatchObject([{ id: 'burning', status: 'new' }])

    const [opened] = server.log.stream('ticket-burning') ?? []
    expect(opened?.type).toBe('TicketOpened')
    expect(JSON.parse(Buffer.from(opened?.metadata ?? []).toString())).toMatchObject({
      $correlationId: 'r1',
      $causationId: expect.any(String),
      actor: by,
    })
  })

  it('resumes at its checkpoint at the next start', async () => {
    await engine?.stop()
    engine = await startEngine(configured(server.url), { serves: true, log })
    expect((await engine.desk.read('ticket', 'burning')).version).toBe(1)
    await engine.runner.caughtUp()
    const before = (await engine.runner.status()).map(({ lag }) => lag)
    expect(Math.max(...before)).toBe(0)
  })

  it('waits while the server is away, logs that once, and loses nothing', async () => {
    lines.length = 0
    await server.stop()
    const command = { by, commandId: 'while-away' }
    await expect(engine?.desk.execute('ticket', 'away', open, command)).rejects.toSatisfy(isDatabaseAway)
    await vi.waitUntil(async () => {
      await engine?.store.head().catch(() => undefined)
      return lines.some((line) => line.startsWith('EventStoreDB does not answer'))
    })
    server = await startEventStoreServer({ log: server.log, port: server.port })
    const executed = await retryWhileAway(() => engine!.desk.execute('ticket', 'away', open, command))
    const position = executed.ok ? executed.value.position : undefined
    expect(await engine?.runner.reached(position!, 15_000)).toBe(true)
    expect((await engine?.runner.status())?.filter(({ state }) => state === 'stopped')).toEqual([])
    const outageLines = lines.filter((line) => line.startsWith('EventStoreDB'))
    expect(outageLines).toEqual([
      expect.stringMatching(
        /^EventStoreDB does not answer \(.+\); start it, or look into its log\. Until then commands/,
      ),
      'EventStoreDB answers again; all work continues',
    ])
    expect(lines.filter((line) => line.startsWith('the reaction') || line.startsWith('the clock'))).toEqual([])
  })

  it('waits while its user may not read, and loses nothing', async () => {
    lines.length = 0
    server.faults.locked = true
    const command = { by, commandId: 'while-locked' }
    await expect(engine?.desk.execute('ticket', 'locked', open, command)).rejects.toSatisfy(isDatabaseAway)
    await vi.waitUntil(async () => {
      await engine?.store.head().catch(() => undefined)
      return lines.some((line) => line.startsWith('EventStoreDB does not answer'))
    })
    server.faults.locked = false
    const executed = await retryWhileAway(() => engine!.desk.execute('ticket', 'locked', open, command))
    const position = executed.ok ? executed.value.position : undefined
    expect(await engine?.runner.reached(position!, 15_000)).toBe(true)
    expect((await engine?.runner.status())?.filter(({ state }) => state === 'stopped')).toEqual([])
    expect(lines.filter((line) => line.startsWith('EventStoreDB'))).toHaveLength(2)
  })

  it.each(['for good', 'so that it can be written again'])(
    'refuses a ticket whose stream was deleted %s',
    async (how) => {
      const id = how.replaceAll(' ', '-')
      await engine?.desk.execute('ticket', id, open, { by })
      await engine?.stop()
      if (how === 'for good') server.log.tombstone(`ticket-${id}`)
      else server.log.softDelete(`ticket-${id}`)
      engine = await startEngine(configured(server.url), { serves: true, log })
      const tickets = (): number => server.log.all.filter(({ type }) => type === 'TicketOpened').length
      const before = tickets()
      await expect(engine.desk.execute('ticket', id, open, { by })).rejects.toThrow(StreamDeleted)
      await expect(engine.desk.execute('ticket', id, { type: 'customerReply', body: 'x' }, { by })).rejects.toThrow(
        StreamDeleted,
      )
      await expect(engine.desk.read('ticket', id)).rejects.toThrow(StreamDeleted)
      expect(tickets()).toBe(before)
    },
  )

  it('writes nothing to a server that was wiped while it ran, and logs that', async () => {
    lines.length = 0
    const { log: history, port } = server
    await server.stop()
    server = await startEventStoreServer({ port })
    await expect(engine?.desk.execute('ticket', 'wiped', open, { by })).rejects.toSatisfy(isDatabaseAway)
    await expect(engine?.store.head()).rejects.toThrow('another event store answers')
    await expect.poll(() => lines.join('\n')).toContain('another event store answers')
    expect(server.log.all.filter(({ stream }) => stream.startsWith('ticket-'))).toEqual([])
    await expect(startEngine(configured(server.url), { serves: false, log })).rejects.toMatchObject({
      code: 'store_unusable',
      message: 'the read models of this database follow another event store',
    })
    await server.stop()
    server = await startEventStoreServer({ port, log: history })
    const executed = await retryWhileAway(() => engine!.desk.execute('ticket', 'unwiped', open, { by }))
    const position = executed.ok ? executed.value.position : undefined
    expect(await engine?.runner.reached(position!, 15_000)).toBe(true)
  })

  it('is refused as a mistake of the configuration with a certificate that is not there', async () => {
    const url = `${server.url.replace('tls=false', 'tls=true')}&tlsCAFile=/nowhere/ca.pem`
    await expect(startEngine(configured(url), { serves: false, log })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('tlsCAFile, cannot be read: /nowhere/ca.pem'),
    })
  })

  it('is refused read models that follow another store', async () => {
    await expect(startEngine(configured(), { serves: false, log })).rejects.toMatchObject({
      code: 'store_unusable',
      message: 'the read models of this database follow another event store',
    })
  })

  it('is refused in one line when there is no server, or not for this user', async () => {
    const other = await startEventStoreServer()
    other.faults.locked = true
    const refused = startEngine(configured(other.url), { serves: false, log })
    await expect(refused).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.not.stringContaining('\n'),
    })
    await other.stop()
    await expect(startEngine(configured(other.url), { serves: false, log })).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/^EventStoreDB at 127\.0\.0\.1:\d+ cannot be reached/),
    })
  })
})
