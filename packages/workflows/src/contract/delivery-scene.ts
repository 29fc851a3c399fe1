import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Pool } from 'pg'
import { Webhook } from 'standardwebhooks'
import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, incidentSettingsSchema, instant } from '@guichet/domain'
import { migrateSchema, openPool, postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { NotificationSink, ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import { deliveryRows, deliverySchema, recordDeliveries } from '../delivery/deliveries.ts'
import type { DeliveryEngine, DeliveryList, DeliveryOptions, DeliveryStatus } from '../delivery/delivery-list.ts'
import { deliveryList } from '../delivery/delivery-list.ts'
import type { Delivery, DeliveryChannel, Transports } from '../delivery/delivery.ts'
import { deliveryKey } from '../delivery/delivery.ts'
import { webhookTransport } from '../delivery/webhook.ts'
import { until } from '../testing/until.ts'

/** Creates an engine, not started. */
export type MakeDeliveryEngine = (options: DeliveryOptions) => Promise<DeliveryEngine>

type DeliverySettings = Partial<Omit<DeliveryOptions, 'connectionString'>>

/** A helpdesk with its own database, a receiver, and engines that start and stop as processes would. */
export type DeliveryScene = {
  readonly desk: Desk
  readonly databaseUrl: string
  readonly pool: Pool
  readonly receiver: Receiver
  readonly list: DeliveryList
  /** Starts an engine as in its own process, which sends e-mail and push to the receiver, unless `settings` differ. */
  startEngine(settings?: DeliverySettings): Promise<DeliveryEngine>
  /** Starts the read models, which report to an engine. */
  feed(sink: NotificationSink | undefined): Promise<ProjectionRunner>
  /** A ticket of a customer to whom an agent has replied. */
  repliedTicket(): Promise<string>
  /** Records a number of deliveries, as a projection would. @returns their keys. */
  recorded(count: number, channel?: DeliveryChannel): Promise<readonly string[]>
  /** Waits until the deliveries are as wanted. */
  untilStatus(wanted: (status: DeliveryStatus) => boolean): Promise<DeliveryStatus>
  /** Stops the engines and drops the database. */
  dispose(): Promise<void>
}

/** Opens a scene with a new database and a receiver; `dispose` releases both, and stops every engine. */
export async function openDeliveryScene(makeEngine: MakeDeliveryEngine): Promise<DeliveryScene> {
  const { url: databaseUrl, drop } = await createTestDatabase()
  const receiver = await openReceiver()
  const pool = openPool({ connectionString: databaseUrl, maxConnections: 4 })
  await migrateSchema(pool, deliverySchema)
  const store = await postgresStore({ connectionString: databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({
    store,
    now: () => instant(new Date()),
    newId: randomUUID,
    incidents: incidentSettingsSchema.parse({ rota: [{ id: 'bea', email: 'bea@desk.example' }] }),
  })
  const list = deliveryList(pool)
  const stops: (() => Promise<void>)[] = [receiver.close]

  const toReceiver = (): Transports => {
    const transport = webhookTransport({ url: receiver.url, secrets: [receiver.secret] })
    return { email: transport, push: transport }
  }
  return {
    desk,
    databaseUrl,
    pool,
    receiver,
    list,
    startEngine: async (settings = {}) => {
      const engine = await makeEngine({
        connectionString: databaseUrl,
        transports: toReceiver(),
        pollMs: 50,
        ...settings,
      })
      let stopped: Promise<void> | undefined
      const stop = (): Promise<void> => (stopped ??= engine.stop())
      stops.push(stop)
      await engine.start()
      return { ...engine, stop }
    },
    feed: async (notificationSink) => {
      const { policy, wording } = desk
      const inbox = projections({ policy, wording, notificationSink }).filter(({ name }) => name === 'inbox')
      const runner = createProjectionRunner({ store, pool, projections: inbox })
      stops.push(runner.stop)
      await runner.start()
      return runner
    },
    repliedTicket: async () => {
      const id = randomUUID()
      const customer = { kind: 'customer', id: 'marie' } as const
      const agent = { kind: 'agent', id: 'agent-1' } as const
      const opening = {
        type: 'open',
        subject: 'Facture',
        body: 'y',
        customer: { id: 'marie', email: 'marie@desk.example' },
      }
      await desk.execute('ticket', id, opening as Parameters<typeof desk.execute<'ticket'>>[2], { by: customer })
      await desk.execute('ticket', id, { type: 'agentReply', body: 'z' }, { by: agent })
      return id
    },
    recorded: async (count, channel = 'push') => {
      const made = Array.from({ length: count }, () => anyDelivery(channel))
      await pool.query(recordDeliveries, [deliveryRows(made)])
      return made.map(({ key }) => key)
    },
    untilStatus: (wanted) => until(() => list.status(), wanted, { everyMs: 50 }),
    dispose: async () => {
      await Promise.all(stops.map((stop) => stop()))
      await store.close()
      await pool.end()
      await drop()
    },
  }
}

function anyDelivery(channel: DeliveryChannel): Delivery {
  const recipientId = randomUUID()
  const id = `${randomUUID()}:${recipientId}/${channel}`
  const at = instant(new Date())
  const content = { at, language: 'fr', title: 'Facture', message: 'Vous avez reçu une réponse.' }
  return { id, key: deliveryKey('desk', id), channel, kind: 'reply', recipientId, content }
}

/** A message whose signature was right. */
type Received = {
  /** `webhook-id`. */
  readonly key: string
  readonly type: string
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

/** How a receiver answers; `hang` never answers. */
type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang'

/** A receiver of deliveries: an HTTP server that checks each signature, and answers as configured. */
export type Receiver = {
  readonly url: string
  readonly secret: string
  /** Every message that arrived, repetitions included, in order. */
  readonly received: readonly Received[]
  /** Decides from now on how a message is answered; 204 by default. */
  answers(decide: (message: Received) => Answer | undefined | Promise<Answer | undefined>): void
  /** Waits until a number of different messages have arrived. */
  untilKeys(count: number): Promise<void>
  /** Refuses connections from now on. */
  goAway(): Promise<void>
  /** Accepts connections again, at the same address. */
  comeBack(): Promise<void>
  close(): Promise<void>
}

/** Opens a receiver on a free port of this machine, with its own secret. It answers 204 to everything by default. */
export async function openReceiver(): Promise<Receiver> {
  const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`
  const webhook = new Webhook(secret)
  const received: Received[] = []
  const keys = new Set<string>()
  let decide: Parameters<Receiver['answers']>[0] = () => undefined

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const body = webhook.verify(await text(request), headers) as Omit<Received, 'key'>
    const message = { key: headers['webhook-id'] ?? '', ...body }
    received.push(message)
    keys.add(message.key)
    const answer = (await decide(message)) ?? { status: 204 }
    if (answer === 'hang') return
    response.writeHead(answer.status, answer.headers).end()
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((request, response) => {
      handle(request, response).catch(() => response.writeHead(401).end())
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const end = async (server: Server): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  let server: Server | undefined = await listen(0)
  const { port } = server.address() as AddressInfo
  const goAway = async (): Promise<void> => {
    if (server) await end(server)
    server = undefined
  }
  return {
    url: `http://127.0.0.1:${port}/guichet`,
    secret,
    received,
    answers: (next) => {
      decide = next
    },
    untilKeys: async (count) => {
      await until(
        () => [...keys],
        ({ length }) => length >= count,
      )
    },
    goAway,
    comeBack: async () => {
      server = await listen(port)
    },
    close: goAway,
  }
}
