import { createECDH, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { decrypt } from 'http_ece'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatCommandInput, Desk } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { migrateSchema, openPool, postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { deliverySchema } from '../delivery/deliveries.ts'
import type { PushDevice, PushSubscriptions } from '../delivery/push-subscriptions.ts'
import { mostDevices, pushSubscriptions } from '../delivery/push-subscriptions.ts'
import { newPushKeys, webPushTransport } from '../delivery/web-push.ts'
import { embeddedDelivery } from '../embedded/delivery.ts'
import { needsPush, pushToCustomers } from './push-to-customers.ts'
import type { Reactions } from './reactions.ts'
import { reactions } from './reactions.ts'

const agent = { kind: 'agent', id: 'agent-1' } as const
const marie = { kind: 'customer', id: 'marie' } as const

const device = (name: string): PushDevice => ({
  endpoint: `https://fcm.googleapis.com/fcm/send/${name}`,
  p256dh: newPushKeys().publicKey,
  auth: randomBytes(16).toString('base64url'),
})

type Row = { id: string; state: string; error: string | null; recipient_id: string; kind: string; wait_s: number }

describe('pushes to customers', () => {
  let database: TestDatabase
  let store: PostgresStore
  let pool: Pool
  let desk: Desk
  let subscriptions: PushSubscriptions
  let running: Reactions | undefined
  /** For how long each customer has had no connection. */
  let absent: Map<string, number>
  let ahead: number

  beforeEach(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 3 })
    await migrateSchema(pool, deliverySchema)
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    ahead = 0
    absent = new Map()
    desk = createDesk({ store, now: () => instant(new Date(Date.now() + ahead)), newId: randomUUID })
    subscriptions = pushSubscriptions(pool)
  })

  afterEach(async () => {
    await running?.stop()
    running = undefined
    await store.close()
    await pool.end()
    await database.drop()
  })

  const connections = { customer: (id: string) => absent.get(id) }
  const stop = async (): Promise<void> => {
    await running?.stop()
    running = undefined
  }
  const react = async (): Promise<void> => {
    await stop()
    const push = pushToCustomers({ subscriptions, connections, now: () => instant(new Date()) })
    const errors: unknown[] = []
    const onError = (error: unknown): void => void errors.push(error)
    running = await reactions({ desk, connectionString: database.url, leaseMs: 400, reactions: [push], onError })
    await running.start()
    const { newest } = await store.lag()
    await vi.waitUntil(
      async () => {
        const [status] = (await running?.status()) ?? []
        return (
          status?.position !== undefined && newest !== undefined && store.comparePositions(status.position, newest) >= 0
        )
      },
      { interval: 20 },
    )
    expect(errors).toEqual([])
  }
  const chatOf = async (customer: string, channel: 'mobile' | 'web' = 'mobile'): Promise<string> => {
    const id = randomUUID()
    const message = { messageId: randomUUID(), body: 'Hello' }
    const start = { customer: { id: customer }, channel, message } as const
    const outcome = await desk.startChat(id, start, { by: { kind: 'customer', id: customer }, commandId: randomUUID() })
    expect(outcome).toMatchObject({ ok: true })
    return id
  }
  const send = async (
    id: string,
    command: ChatCommandInput,
    by: typeof agent | typeof marie = agent,
  ): Promise<void> => {
    const outcome = await desk.execute('chat', id, command, { by })
    if (!outcome.ok) throw new Error(outcome.refusal.code)
  }
  const join = (id: string) => send(id, { type: 'join', role: 'speaker' })
  const write = (id: string, body = 'An answer') =>
    send(id, { type: 'send', kind: 'text', messageId: randomUUID(), body })
  const rows = async (): Promise<readonly Row[]> => {
    const { rows: found } = await pool.query<Row>(
      `select id, state, error, recipient_id, kind, extract(epoch from try_at - created_at)::float as wait_s
       from guichet_workflows.delivery where channel = 'web_push' order by created_at, id`,
    )
    return found
  }
  const waiting = async () => (await rows()).filter(({ state }) => state === 'waiting')

  it('records one delivery for each browser of a customer who is not there', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    await subscriptions.save({ personId: 'marie' }, device('two'))
    await subscriptions.save({ personId: 'jean' }, device('three'))
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    expect(await waiting()).toMatchObject([
      { recipient_id: 'marie', kind: 'chat_message', wait_s: 0 },
      { recipient_id: 'marie', kind: 'chat_message', wait_s: 0 },
    ])
  })

  it('sends what waits for one customer to nobody else who uses the browser afterwards', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    const [recorded] = await waiting()
    await subscriptions.save({ personId: 'marie' }, device('one'))
    expect(await waiting()).toEqual([recorded])
    await subscriptions.save({ personId: 'jean' }, device('one'))
    expect(await rows()).toMatchObject([{ id: recorded?.id, state: 'dropped', error: 'no longer subscribed' }])
  })

  it('keeps the reason for which a push was refused when its browser is no longer subscribed', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    await pool.query(`update guichet_workflows.delivery set state = 'refused', error = 'too large'`)
    await subscriptions.removePerson('marie')
    expect(await rows()).toMatchObject([{ state: 'refused', error: 'too large' }])
  })

  it('records none twice when an event is processed again', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    const id = await chatOf('marie')
    await join(id)
    await write(id, 'First')
    await react()
    await write(id, 'Second')
    await react()
    const before = await rows()
    expect(before.map(({ state }) => state)).toEqual(['dropped', 'waiting'])
    await stop()
    await pool.query('delete from guichet_workflows.reactions')
    await react()
    expect(await rows()).toEqual(before)
  })

  it('drops a push that waits when a newer one comes, and keeps half a minute between two', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    await pool.query(`update guichet_workflows.delivery set state = 'delivered', settled_at = now()`)
    await write(id)
    await react()
    await write(id)
    await react()
    const [first, second, third] = await rows()
    expect(first).toMatchObject({ state: 'delivered' })
    expect(second).toMatchObject({ state: 'dropped', error: 'a newer one replaced it' })
    expect(third).toMatchObject({ state: 'waiting' })
    expect(third?.wait_s).toBeGreaterThan(20)
    expect(third?.wait_s).toBeLessThanOrEqual(30)
  })

  it('waits while the customer seems connected, and is needed until they have seen it', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    absent.set('marie', 0)
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    expect(await waiting()).toMatchObject([{ wait_s: 60 }])
    const content = { chatId: id } as Parameters<typeof needsPush>[0]['content']
    const isNeeded = () => needsPush({ content, recipientId: 'marie' }, desk, connections)
    expect(await isNeeded()).toBe(false)
    absent.set('marie', 50_000)
    expect(await isNeeded()).toBe(true)
    const { state } = await desk.read('chat', id)
    if (state.status === 'absent') throw new Error('no chat')
    await send(id, { type: 'markRead', upTo: state.lastItem }, marie)
    expect(await isNeeded()).toBe(false)
  })

  it('pushes neither notes, nor what the customer wrote, nor what is old, nor on a channel without pushes', async () => {
    await subscriptions.save({ personId: 'marie' }, device('one'))
    const id = await chatOf('marie')
    await join(id)
    await send(id, { type: 'send', kind: 'note', messageId: randomUUID(), body: 'Internal' })
    await send(id, { type: 'send', kind: 'text', messageId: randomUUID(), body: 'Mine' }, marie)
    await subscriptions.save({ personId: 'luc' }, device('three'))
    const onTheWeb = await chatOf('luc', 'web')
    await join(onTheWeb)
    await write(onTheWeb)
    ahead = -11 * 60_000
    const old = await chatOf('jean')
    await join(old)
    await write(old)
    await subscriptions.save({ personId: 'jean' }, device('two'))
    await react()
    expect(await rows()).toEqual([])
  })

  it('reaches the browsers of a visitor who became a customer, and of customers who were merged', async () => {
    await subscriptions.save({ personId: 'visitor-1', visitorId: 'visitor-1' }, device('visitor'))
    await subscriptions.save({ personId: 'former' }, device('former'))
    const id = await chatOf('visitor-1')
    await join(id)
    const claimed = await desk.claimVisitor('visitor-1', { customer: { id: 'marie' } })
    expect(claimed).toMatchObject({ ok: true })
    for (const customer of ['former', 'marie']) {
      await desk.execute('customer', customer, { type: 'register' }, { by: agent })
    }
    const merged = await desk.mergeCustomers('former', 'marie', { by: agent, commandId: randomUUID() })
    expect(merged).toMatchObject({ ok: true })
    await write(id)
    await react()
    expect((await waiting()).map(({ recipient_id }) => recipient_id).toSorted()).toEqual(['former', 'marie'])
  })

  it('forgets the browsers of a visit, of a blocked customer, and the eleventh', async () => {
    for (let n = 0; n <= mostDevices; n++) await subscriptions.save({ personId: 'marie' }, device(`marie-${n}`))
    await subscriptions.save({ personId: 'jean', visitorId: 'visitor-2' }, device('visit'))
    const count = async (): Promise<Record<string, number>> => {
      const { rows: found } = await pool.query<{ person_id: string; n: number }>(
        'select person_id, count(*)::int as n from guichet_workflows.push_subscription group by person_id',
      )
      return Object.fromEntries(found.map(({ person_id, n }) => [person_id, n]))
    }
    expect(await count()).toEqual({ marie: mostDevices, jean: 1 })
    await subscriptions.removeVisitor('visitor-2')
    await desk.execute('customer', 'marie', { type: 'register' }, { by: agent })
    await desk.execute('customer', 'marie', { type: 'block', reason: 'spam' }, { by: agent })
    await react()
    expect(await count()).toEqual({})
  })

  it('makes a browser the next person’s, and drops what waits for one that is unsubscribed', async () => {
    const shared = device('shared')
    await subscriptions.save({ personId: 'jean' }, shared)
    await subscriptions.save({ personId: 'marie' }, shared)
    const id = await chatOf('marie')
    await join(id)
    await write(id)
    await react()
    await subscriptions.removeDevice(['jean'], shared.endpoint)
    expect(await waiting()).toHaveLength(1)
    await subscriptions.removeDevice(['marie'], shared.endpoint)
    expect(await rows()).toMatchObject([{ state: 'dropped', error: 'no longer subscribed' }])
  })

  it('arrives at the browser, once for an event, and unsubscribes it when its service knows it no more', async () => {
    const service = await openPushService()
    const { publicKey: p256dh, browser } = service
    const auth = randomBytes(16).toString('base64url')
    await subscriptions.save({ personId: 'marie' }, { endpoint: `${service.origin}/marie`, p256dh, auth })
    const transport = webPushTransport({
      privateKey: newPushKeys().privateKey,
      contact: 'mailto:desk@desk.example',
      origins: [service.origin],
      subscriptions,
      isNeeded: (delivery) => needsPush(delivery, desk, connections),
    })
    const transports = { web_push: transport }
    const delivery = await embeddedDelivery({ connectionString: database.url, transports, pollMs: 20 })
    await delivery.start()
    try {
      const statesAre = (...states: readonly string[]) =>
        vi.waitUntil(async () => (await rows()).map(({ state }) => state).join() === states.join(), {
          timeout: 20_000,
          interval: 20,
        })
      const id = await chatOf('marie')
      await join(id)
      await write(id, 'Your secret is 4711')
      service.answers.push(500)
      await react()
      await statesAre('delivered')
      const texts = service.bodies.map((body) =>
        decrypt(body, { version: 'aes128gcm', privateKey: browser, authSecret: auth }).toString(),
      )
      expect(texts).toHaveLength(2)
      expect(JSON.parse(texts[1] ?? '')).toEqual({
        title: 'Nouveau message',
        message: 'Le support vous a écrit. Ouvrez la conversation pour lire son message.',
        language: 'fr',
        direction: 'ltr',
        chatId: id,
      })

      service.answers.push(410)
      const other = await chatOf('luc')
      await subscriptions.save({ personId: 'luc' }, { endpoint: `${service.origin}/luc`, p256dh, auth })
      await join(other)
      await write(other)
      await react()
      await statesAre('delivered', 'dropped')
      const { rows: left } = await pool.query('select person_id from guichet_workflows.push_subscription')
      expect(left).toEqual([{ person_id: 'marie' }])
    } finally {
      await delivery.stop()
      service.close()
    }
  })
})

/** A push service with one browser; it answers as told, then 201. */
async function openPushService() {
  const browser = createECDH('prime256v1')
  const publicKey = browser.generateKeys().toString('base64url')
  const answers: number[] = []
  const bodies: Buffer[] = []
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    bodies.push(await buffer(request))
    response.writeHead(answers.shift() ?? 201).end()
  }
  const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { browser, publicKey, answers, bodies, origin, close: () => void server.close() }
}
