import { CompiledQuery } from 'kysely'
import type { Pool } from 'pg'
import type { Notification } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { noReports } from '@guichet/eventstore'
import type { NotificationSink } from '@guichet/projections'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { openTables } from '../tables.ts'
import type { Attempt, Deliveries } from './deliveries.ts'
import { attempting, deliveriesIn, deliveryRows, deliverySchema, deskOf, recordDeliveries } from './deliveries.ts'
import type { DeliveryOptions, DeliveryStatus } from './delivery-list.ts'
import { deliveryList } from './delivery-list.ts'
import type { Delivery, DeliveryChannel } from './delivery.ts'
import { deliveryChannels, deliveryKey } from './delivery.ts'
import type { PublishReports } from './reports.ts'
import { publishingReports } from './reports.ts'

/** The resources of every engine. */
export type OpenDeliveries = {
  readonly pool: Pool
  /** The channels that have transports. */
  readonly channels: readonly DeliveryChannel[]
  readonly concurrency: number
  readonly pollMs: number
  readonly leaseMs: number
  readonly notificationSink: NotificationSink | undefined
  readonly deliveries: Deliveries
  readonly attempt: Attempt
  readonly reports: PublishReports | undefined
  readonly onError: OnError
  readonly health: FollowerReports
  status(): Promise<DeliveryStatus>
  /** Regularly removes deliveries that were completed long ago. */
  tidyUp(): Repetition
  close(): Promise<void>
}

const days = (n: number): number => n * 86_400_000

/** Opens the deliveries of a database, and creates or migrates their table first. */
export async function openDeliveries(options: DeliveryOptions): Promise<OpenDeliveries> {
  const {
    connectionString,
    transports,
    concurrency = 8,
    pollMs = 250,
    leaseMs = 60_000,
    onError = () => undefined,
    health = noReports,
  } = options
  const { giveUpAfterMs = days(3), keptMs = days(30), now = () => instant(new Date()), addressOf } = options
  const channels = deliveryChannels.filter((channel) => transports[channel] !== undefined)
  const maxConnections = channels.length === 0 ? 1 : 6
  const pool = await openTables(deliverySchema, { connectionString, pool: options.pool, maxConnections, onError })
  const desk = await deskOf(pool)().catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const deliveries = deliveriesIn(pool)
  return {
    pool,
    channels,
    concurrency,
    pollMs,
    leaseMs,
    notificationSink: notificationSink(desk, new Set(channels)),
    deliveries,
    attempt: attempting({ deliveries, transports, giveUpAfterMs, addressOf, onError }),
    reports: options.reports && publishingReports(pool, desk, options.reports, now),
    onError,
    health,
    status: deliveryList(pool).status,
    tidyUp: () =>
      periodically(
        3_600_000,
        async () => {
          await deliveries.forgetDelivered(keptMs)
          await options.expire?.()
        },
        (error) => onError(error, 'removing old deliveries'),
      ),
    close: async () => {
      await Promise.all(Object.values(transports).map((transport) => transport.close()))
      await pool.end()
    },
  }
}

/**
 * Records deliveries on some channels, within the projection's own transaction and in one statement. Committed
 * deliveries will be delivered, and a recorded delivery is not recorded again. Undefined where no channel carries
 * notifications.
 */
function notificationSink(desk: string, channels: ReadonlySet<DeliveryChannel>): NotificationSink | undefined {
  if (!channels.has('email') && !channels.has('push')) return undefined
  return async (tx, notifications) => {
    const deliveries = notifications.flatMap((notification) => deliveriesOf(desk, notification, channels))
    if (deliveries.length > 0) await tx.executeQuery(CompiledQuery.raw(recordDeliveries, [deliveryRows(deliveries)]))
  }
}

function deliveriesOf(desk: string, notification: Notification, configured: ReadonlySet<DeliveryChannel>): Delivery[] {
  const { recipientId, kind, at, language, title, message, address, level, ticketId, chatId, incidentId, channels } =
    notification
  const content = {
    at,
    language,
    title,
    message,
    address,
    level,
    ...(ticketId !== undefined && { ticketId }),
    ...(chatId !== undefined && { chatId }),
    ...(incidentId !== undefined && { incidentId }),
  }
  return (['email', 'push'] as const)
    .filter((channel) => channels[channel] && configured.has(channel))
    .map((channel) => {
      const id = `${notification.id}/${channel}`
      return { id, key: deliveryKey(desk, id), channel, kind, recipientId, content }
    })
}
