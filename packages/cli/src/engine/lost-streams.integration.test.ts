import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import { configurationSchema, days, instant, later } from '@guichet/domain'
import { StreamDeleted } from '@guichet/eventstore'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'

const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const
const agent = { kind: 'agent', id: 'anne' } as const

let database: TestDatabase
let server: EventStoreServer
let engine: Engine
let lines: string[]

const start = async (): Promise<void> => {
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  )
  engine = await startEngine(readEnvironment({ DATABASE_URL: database.url, EVENTSTORE_URL: server.url }), {
    serves: true,
    log,
  })
}

beforeEach(async () => {
  lines = []
  database = await createTestDatabase()
  server = await startEventStoreServer()
  await start()
})

afterEach(async () => {
  await engine.stop()
  await server.stop()
  await database.drop()
})

const openTicket = async (id: string): Promise<Position> => {
  const outcome = await engine.desk.execute('ticket', id, open, { by })
  if (!outcome.ok || outcome.value.position === undefined) throw new Error('not opened')
  return outcome.value.position
}

/** The way in which a stream loses its history. */
const losing: Readonly<Record<string, (stream: string) => void>> = {
  'deleted for good': (stream) => server.log.tombstone(stream),
  'deleted so that it can be written again': (stream) => server.log.softDelete(stream),
  'cut by $maxCount': (stream) => {
    const event = { id: crypto.randomUUID(), type: '$metadata', contentType: 'application/json' }
    const data = new TextEncoder().encode('{"$maxCount":1}')
    server.log.append(`$$${stream}`, 'any', [{ ...event, data, metadata: new Uint8Array() }])
  },
}

it.each(Object.keys(losing))(
  'goes on without a ticket whose stream was %s, names it, and keeps its rows',
  async (how) => {
    await openTicket('kept')
    await openTicket('lost')
    const reply = { type: 'agentReply', body: 'We come.' } as const
    const replied = await engine.desk.execute('ticket', 'lost', reply, { by: agent })
    expect(await engine.runner.reached((replied.ok && replied.value.position) as Position, 60_000)).toBe(true)
    await engine.stop()
    losing[how]?.('ticket-lost')
    await start()
    await engine.startClocks()

    const configuration = configurationSchema.parse({
      sla: { policies: [{ name: 'all', firstResponse: '1h', resolution: '2h' }] },
    })
    const applied = await engine.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: agent })
    expect(applied).toMatchObject({ ok: true })
    const position = await openTicket('next')
    expect(await engine.runner.reached(position, 60_000)).toBe(true)
    await engine.runner.caughtUp()
    expect(await engine.runner.stopped()).toEqual([])
    expect(await engine.readModels.tickets.byIds(['kept', 'lost', 'next'])).toMatchObject([
      { id: 'kept' },
      { id: 'lost' },
      { id: 'next' },
    ])
    await expect
      .poll(() => engine.runner.lostStreams())
      .toMatchObject([{ stream: 'ticket-lost', reason: expect.stringContaining('the stream ticket-lost') }])
    expect(lines.filter((line) => line.includes('pass over a stream'))).toHaveLength(1)

    await expect(engine.desk.execute('ticket', 'lost', reply, { by: agent })).rejects.toThrow(StreamDeleted)
    for (const name of ['tickets', 'sla', 'deadlines']) await engine.runner.rebuild(name)
    await engine.runner.forgetLostStreams(await engine.runner.now())
    expect(await engine.runner.lostStreams()).toMatchObject([{ stream: 'ticket-lost' }])
    expect(await engine.runner.reached(await openTicket('later'), 60_000)).toBe(true)
  },
)

it('ends the clock of a ticket whose stream was deleted, and goes on with those of others', async () => {
  const since = later(instant(new Date()), -days(4))
  const waits = { type: 'agentReply', body: 'Does it still burn?', then: 'waiting_customer' } as const
  for (const id of ['kept', 'lost']) {
    const steps = [{ by, command: open }, { command: waits }]
    const outcome = await engine.desk.engine.executeTogether('ticket', id, steps, { by: agent, at: since })
    expect(await engine.runner.reached((outcome.ok && outcome.value.position) as Position, 60_000)).toBe(true)
  }
  await engine.stop()
  server.log.tombstone('ticket-lost')
  await start()
  expect(await engine.clock.status()).toMatchObject({ late: 2 })
  await engine.startClocks()

  await expect
    .poll(engine.clock.status, { timeout: 60_000 })
    .toMatchObject({ late: 0, failing: 0, nextDue: expect.any(String) })
  const kept = await engine.store.readStream('ticket-kept')
  expect(kept.map(({ event }) => event.type)).toContain('ChaseSent')
  expect(await engine.runner.lostStreams()).toMatchObject([{ stream: 'ticket-lost' }])
  expect(lines.filter((line) => line.includes('ticket-lost'))).toHaveLength(1)
})
