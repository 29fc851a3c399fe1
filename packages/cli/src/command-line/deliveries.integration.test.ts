import { instant } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ListedDelivery } from '@guichet/workflows'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import { startEngine } from '../engine/engine.ts'
import { guichet } from './testing.ts'

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const silent = pino({ level: 'silent' })

describe('guichet deliveries', () => {
  let database: TestDatabase
  let receiver: Server
  let variables: Record<string, string>
  let status = 410
  const received: string[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    receiver = createServer((request, response) => {
      received.push(String(request.headers['webhook-id']))
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    variables = {
      DATABASE_URL: database.url,
      GUICHET_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/guichet`,
      GUICHET_WEBHOOK_SECRET: secret,
    }
  })
  afterAll(async () => {
    receiver.close()
    receiver.closeAllConnections()
    await database.drop()
  })

  /** Lets an agent reply, with or without clocks, until the deliveries are as wanted. */
  const running = async (clocks: boolean, wanted: (status: { waiting: number; refused: number }) => boolean) => {
    const engine = await startEngine(readEnvironment(variables), { serves: false, log: silent })
    try {
      if (clocks) await engine.startClocks()
      const opening = { type: 'open', subject: 'Facture', body: 'y', customer: { id: 'marie' } } as const
      const by = { kind: 'customer', id: 'marie' } as const
      const at = instant(new Date())
      await engine.desk.execute('ticket', 'T1', opening, { by, at, commandId: 'open' })
      const reply = { type: 'agentReply', body: 'z' } as const
      await engine.desk.execute('ticket', 'T1', reply, { by: { kind: 'agent', id: 'ana' }, commandId: 'reply' })
      await vi.waitUntil(async () => wanted(await engine.delivery.status()), { interval: 50 })
    } finally {
      await engine.stop()
    }
  }
  const list = async (...args: readonly string[]) =>
    JSON.parse((await guichet(variables, 'deliveries', '--json', ...args)).out) as ListedDelivery[]

  it('shows nothing before anything was sent', async () => {
    expect(await guichet(variables, 'deliveries')).toEqual({ code: 0, out: 'nothing was ever sent outside', err: '' })
  })

  it('shows what waits while no clocks run, what was refused and why, and lets it be tried again', async () => {
    await running(false, ({ waiting }) => waiting === 2)
    expect(received).toEqual([])
    expect(await list('--state', 'waiting')).toMatchObject([
      { recipientId: 'marie', kind: 'reply', attempts: 0 },
      { recipientId: 'marie', kind: 'reply', attempts: 0 },
    ])

    await running(true, ({ refused }) => refused === 2)
    expect(received).toHaveLength(2)
    const { out } = await guichet(variables, 'deliveries', '--state', 'refused')
    expect(out.split('\n')[0]).toMatch(/^delivery +channel +kind +state +tries +when +next try +reason$/)
    expect(out).toMatch(/:marie\/push +push +reply +refused +1 +\S+Z +the receiver answered 410/)
    expect(out).not.toContain('Facture')

    const [one] = await list('--state', 'refused')
    expect((await guichet(variables, 'deliveries', 'retry', one?.id ?? '')).out).toBe('one delivery is tried again')
    expect((await guichet(variables, 'deliveries', 'retry', '--all-refused')).out).toBe('one delivery is tried again')
    status = 204
    await running(true, ({ waiting }) => waiting === 0)
    expect(new Set(received).size).toBe(2)
    expect(received).toHaveLength(4)
    expect((await list('--state', 'delivered')).map(({ key }) => key).toSorted()).toEqual(
      [...new Set(received)].toSorted(),
    )
  })

  it('refuses to try again what was never refused, and to guess what is meant', async () => {
    expect(await guichet(variables, 'deliveries', 'retry', 'nope')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error delivery_not_found: no delivery nope was refused/) as string,
    })
    expect(await guichet(variables, 'deliveries', 'retry')).toMatchObject({ code: 2 })
    expect(await guichet(variables, 'deliveries', '--state', 'lost')).toMatchObject({ code: 2 })
  })
})
