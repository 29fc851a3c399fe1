import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, incidentSettingsSchema, instant } from '@guichet/domain'
import { migrateSchema, openPool, postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { NotificationSink, ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { vi } from 'vitest'
import type { Delivery, DeliveryChannel } from '../delivery.ts'
import { deliveryKey } from '../delivery.ts'
import type { DeliveryEngine, DeliveryOptions } from '../delivery-engine.ts'
import type { DeliveryList, DeliveryStatus } from '../delivery-list.ts'
import { deliveryList } from '../delivery-list.ts'
import { deliveryRows, recordDeliveries } from '../record.ts'
import { deliverySchema } from '../schema.ts'
import type { Transports } from '../transport.ts'
import { webhookTransport } from '../webhook/webhook-transport.ts'
import type { Receiver } from './receiver.ts'
import { openReceiver } from './receiver.ts'

/** Makes an engine, not started. */
export type MakeDeliveryEngine = (options: DeliveryOptions) => Promise<DeliveryEngine>

export type DeliverySettings = Partial<Omit<DeliveryOptions, 'connectionString'>>

/** A helpdesk with a database of its own, a receiver, and engines that come and go as processes would. */
export type DeliveryScene = {
  readonly desk: Desk
  readonly databaseUrl: string
  readonly pool: Pool
  readonly receiver: Receiver
  readonly list: DeliveryList
  /** Starts an engine as in a process of its own, which sends e-mail and push to the receiver, unless `settings` say otherwise. */
  startEngine(settings?: DeliverySettings): Promise<DeliveryEngine>
  /** Lets read models follow, which report to an engine. */
  feed(sink: NotificationSink | undefined): Promise<ProjectionRunner>
  /** A ticket of a customer whom an agent has replied to. */
  repliedTicket(): Promise<string>
  /** Records so many deliveries, as a projection would. @returns their keys. */
  recorded(count: number, channel?: DeliveryChannel): Promise<readonly string[]>
  /** Waits until the deliveries are as wanted. */
  untilStatus(wanted: (status: DeliveryStatus) => boolean): Promise<DeliveryStatus>
  /** Stops the engines and drops the database. */
  dispose(): Promise<void>
}

/** Opens a scene with a new database and a receiver; `dispose` lets go of both, and stops every engine. */
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
    untilStatus: async (wanted) => {
      let status = await list.status()
      await vi.waitUntil(
        async () => {
          status = await list.status()
          return wanted(status)
        },
        { timeout: 60_000, interval: 50 },
      )
      return status
    },
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
