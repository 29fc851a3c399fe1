import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { unheardReports } from '@guichet/eventstore'
import type { NotificationSink } from '@guichet/projections'
import type { Pool } from 'pg'
import type { OnError } from '../supervision/on-error.ts'
import type { Repetition } from '../supervision/periodically.ts'
import { periodically } from '../supervision/periodically.ts'
import { openTables } from '../tables/open-tables.ts'
import type { Attempt } from './attempt.ts'
import { attempting } from './attempt.ts'
import type { Deliveries } from './deliveries.ts'
import { deliveriesIn } from './deliveries.ts'
import type { DeliveryChannel } from './delivery.ts'
import { deliveryChannels } from './delivery.ts'
import type { DeliveryOptions } from './delivery-engine.ts'
import type { DeliveryStatus } from './delivery-list.ts'
import { deliveryList } from './delivery-list.ts'
import { notificationSink } from './notification-sink.ts'
import type { PublishReports } from './report/publish-reports.ts'
import { publishingReports } from './report/publish-reports.ts'
import { deliverySchema } from './schema.ts'

/** What every engine works with. */
export type OpenDeliveries = {
  readonly pool: Pool
  /** The channels that there are transports for. */
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
  /** Removes from time to time what was delivered long ago. */
  tidyUp(): Repetition
  close(): Promise<void>
}

const days = (n: number): number => n * 86_400_000

/** What tells the deliveries of a database from those of any other. */
async function readDesk(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select id from guichet_workflows.desk')
  const id = rows[0]?.id
  if (id === undefined) throw new Error('guichet_workflows.desk is empty')
  return id
}

/** Opens the deliveries of a database, whose table is created or updated first. */
export async function openDeliveries(options: DeliveryOptions): Promise<OpenDeliveries> {
  const {
    connectionString,
    transports,
    concurrency = 8,
    pollMs = 250,
    leaseMs = 60_000,
    onError = () => undefined,
    health = unheardReports,
  } = options
  const { giveUpAfterMs = days(3), keptMs = days(30), now = () => instant(new Date()) } = options
  const channels = deliveryChannels.filter((channel) => transports[channel] !== undefined)
  const maxConnections = channels.length === 0 ? 1 : 6
  const pool = await openTables(deliverySchema, { connectionString, maxConnections, onError })
  const desk = await readDesk(pool).catch(async (error: unknown) => {
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
    attempt: attempting({ deliveries, transports, giveUpAfterMs, onError }),
    reports: options.reports && publishingReports(pool, desk, options.reports, now),
    onError,
    health,
    status: deliveryList(pool).status,
    tidyUp: () =>
      periodically(
        3_600_000,
        () => deliveries.forgetDelivered(keptMs),
        (error) => onError(error, 'removing old deliveries'),
      ),
    close: async () => {
      await Promise.all(Object.values(transports).map((transport) => transport.close()))
      await pool.end()
    },
  }
}
