import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Desk } from '@guichet/domain'
import {
  configurationSchema,
  createDesk,
  days,
  guichetEvents,
  hours,
  inMemoryStore,
  instant,
  later,
  streamName,
} from '@guichet/domain'
import { startClock } from './bridge.ts'
import { clockId } from './clock-state.ts'
import { listenToRuntime } from './reports.ts'
import { clockWorker, stateOf } from './testing/clock.ts'

const address = inject('temporalServer')
const agent = { by: { kind: 'agent', id: 'a-1' } } as const
const patience = { interval: 50 }

describe.skipIf(!address)('a worker that does not know a configuration that another process has applied', () => {
  const taskQueue = randomUUID()
  let connection: Connection
  let native: NativeConnection
  let here: Desk
  let elsewhere: Desk

  beforeAll(async () => {
    listenToRuntime(() => undefined)
    connection = await Connection.connect({ address: address ?? '' })
    native = await NativeConnection.connect({ address: address ?? '' })
  })
  afterAll(async () => {
    await native.close()
    await connection.close()
  })

  beforeEach(async () => {
    const process = (lookEveryMs: number): Desk =>
      createDesk({ store, now: () => instant(new Date()), newId: randomUUID, lookEveryMs })
    const store = inMemoryStore({ catalogue: guichetEvents })
    here = process(1_000)
    elsewhere = process(days(1))
    await elsewhere.terms()
  })

  const apply = async (closeResolvedAfter: string): Promise<void> => {
    const configuration = configurationSchema.parse({ thresholds: { closeResolvedAfter } })
    expect(await here.execute('configuration', 'desk', { type: 'apply', configuration }, agent)).toMatchObject({
      ok: true,
    })
  }
  const ticketResolved = async (agoMs: number): Promise<string> => {
    const id = randomUUID()
    const sent = { ...agent, at: later(instant(new Date()), -agoMs) }
    await here.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, sent)
    await here.execute('ticket', id, { type: 'resolve' }, sent)
    return id
  }
  const clockOf = async (id: string) => {
    const client = new Client({ connection })
    await startClock(client, { id: taskQueue, taskQueue }, await stateOf(here, id))
    return client.workflow.getHandle(clockId(streamName('ticket', id), taskQueue))
  }
  const renewed = new Map<string, string | undefined>()
  const working = async (during: () => Promise<void>): Promise<void> => {
    const worker = await clockWorker({
      connection: native,
      taskQueue,
      desk: elsewhere,
      renewed: (stream, dueAt) => void renewed.set(stream, dueAt),
    })
    await worker.runUntil(during)
  }

  it('fires the deadlines that it makes due', async () => {
    const id = await ticketResolved(hours(2))
    await apply('1h')
    const clock = await clockOf(id)
    await working(async () => {
      await vi.waitUntil(async () => (await here.read('ticket', id)).state.status === 'closed', patience)
      await clock.result()
    })
  })

  it('does not fire the deadlines that it postpones, and the next clock waits for them', async () => {
    const id = await ticketResolved(hours(24) - 1_500)
    const clock = await clockOf(id)
    await apply('3d')
    const { deadlines } = await here.clockState(streamName('ticket', id))
    await working(async () => void (await clock.result()))
    expect(renewed.get(streamName('ticket', id))).toBe(deadlines[0]?.dueAt)
    expect((await here.read('ticket', id)).state.status).toBe('resolved')
  })
})
