import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { hours } from '@guichet/domain'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import { startEngine } from '../engine/engine.ts'
import { logger } from './context.ts'
import type { Ran } from './testing.ts'
import { guichet } from './testing.ts'

const agent = { by: { kind: 'agent', id: 'anne' } } as const

let database: TestDatabase
let folder: string
let server: EventStoreServer
const variables = () => ({ DATABASE_URL: database.url, GUICHET_HOME: folder, EVENTSTORE_URL: server.url })
const run = (...args: readonly string[]): Promise<Ran> => guichet(variables(), ...args)

/** Sets the metadata of a stream on the server: `$tb` hides the events before it. */
const describeStream = (stream: string, metadata: object): void => {
  const event = { id: crypto.randomUUID(), type: '$metadata', contentType: 'application/json' }
  const data = new TextEncoder().encode(JSON.stringify(metadata))
  server.log.append(`$$${stream}`, 'any', [{ ...event, data, metadata: new Uint8Array() }])
}

beforeAll(async () => {
  server = await startEventStoreServer()
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'guichet-cli-'))
  const environment = readEnvironment(variables())
  const { desk, stop } = await startEngine(environment, { serves: false, log: logger(environment, 'error') })
  for (const id of ['kept', 'deleted', 'erased', 'cut']) {
    const open = { type: 'open', subject: 'Printer', body: `The ${id} one`, customer: { id: 'carl' } } as const
    expect(await desk.execute('ticket', id, open, agent)).toMatchObject({ ok: true })
    expect(await desk.execute('ticket', id, { type: 'tag', tag: id }, agent)).toMatchObject({ ok: true })
  }
  expect(await desk.execute('customer', 'cleo', { type: 'register', name: 'Cleo' }, agent)).toMatchObject({ ok: true })
  const zoe = { kind: 'customer', id: 'zoe' } as const
  expect(await desk.startChat('lost', { customer: { id: 'zoe' } }, { by: zoe })).toMatchObject({ ok: true })
  await stop()
  expect(await run('audit', '--limit', '1')).toMatchObject({ code: 0 })
  server.log.softDelete('ticket-deleted')
  server.log.tombstone('ticket-erased')
  server.log.tombstone('customer-cleo')
  server.log.tombstone('chat-lost')
  describeStream('ticket-cut', { $tb: 1 })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await database.drop()
  await server.stop()
})

type Entry = { readonly stream: string; readonly type: string; readonly payload?: object }

describe('guichet audit', () => {
  it('shows the entries of a stream that was deleted or cut without data, and those of others with it', async () => {
    const { code, out, err } = await run('audit', '--payload', '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { entries } = JSON.parse(out) as { readonly entries: readonly Entry[] }
    const shown = (stream: string) =>
      entries.filter((entry) => entry.stream === stream).map(({ type, payload }) => ({ type, payload }))
    expect(shown('ticket-kept')).toEqual([
      { type: 'TicketTagged', payload: { tag: 'kept' } },
      { type: 'TicketOpened', payload: expect.objectContaining({ body: 'The kept one' }) as object },
    ])
    for (const stream of ['ticket-deleted', 'ticket-erased', 'ticket-cut'])
      expect([stream, ...shown(stream)]).toEqual([
        stream,
        { type: 'TicketTagged', payload: undefined },
        { type: 'TicketOpened', payload: undefined },
      ])
    expect(shown('customer-cleo')).toEqual([{ type: 'CustomerRegistered', payload: undefined }])
    expect(shown('chat-lost')).not.toEqual([])
    expect(shown('chat-lost').filter(({ payload }) => payload !== undefined)).toEqual([])
  })

  it('shows them in the table too', async () => {
    const { code, out } = await run('audit', '--payload', '--stream', 'ticket-erased')
    expect({ code, lines: out.split('\n') }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^at +by +type +event +reason +payload$/),
        expect.stringMatching(/ ticket-erased@2 +–$/),
        expect.stringMatching(/ ticket-erased@1 +–$/),
      ],
    })
  })
})

describe('guichet projections', () => {
  const passedOver = async (): Promise<readonly string[]> => {
    const { out } = await run('projections', 'status', '--json')
    const { readModels, passedOver } = JSON.parse(out) as {
      readonly readModels: readonly { readonly name: string }[]
      readonly passedOver: readonly { readonly stream: string; readonly reason: string; readonly since: string }[]
    }
    expect(readModels.map(({ name }) => name)).toContain('tickets')
    for (const { reason, since } of passedOver)
      expect([reason, since]).toEqual([expect.stringMatching(/deleted|lost its first/), expect.stringMatching(/Z$/)])
    return passedOver.map(({ stream }) => stream).sort()
  }

  it('status lists the streams that read models pass over, until all are rebuilt and the streams are there', async () => {
    expect(await passedOver()).toEqual([])
    const configuration = join(folder, 'desk.yaml')
    await writeFile(
      configuration,
      'teams: [{ name: supervisors }]\nsla: { policies: [{ name: all, firstResponse: 1h }] }\n',
    )
    expect(await run('config', 'apply', configuration)).toMatchObject({ code: 0 })
    const tickets = ['ticket-cut', 'ticket-deleted', 'ticket-erased']
    expect(await passedOver()).toEqual(expect.arrayContaining(tickets))

    describeStream('ticket-cut', {})
    expect(await run('projections', 'rebuild', 'tickets')).toMatchObject({ code: 0 })
    expect(await passedOver()).toEqual(expect.arrayContaining(tickets))
    // The records have the time of the database, which the clock of this process need not agree with.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hours(1), shouldAdvanceTime: true })
    try {
      expect(await run('projections', 'rebuild', '--all')).toMatchObject({ code: 0 })
    } finally {
      vi.useRealTimers()
    }
    expect(await passedOver()).not.toContain('ticket-cut')
  })
})
