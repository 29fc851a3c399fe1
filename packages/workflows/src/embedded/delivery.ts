import type { DeliveryEngine, DeliveryOptions } from '../delivery/delivery-list.ts'
import type { DeliveryChannel } from '../delivery/delivery.ts'
import type { OpenDeliveries } from '../delivery/open-deliveries.ts'
import { openDeliveries } from '../delivery/open-deliveries.ts'
import type { PublishReports } from '../delivery/reports.ts'
import { ReportsIncomplete } from '../delivery/reports.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { startWork } from '../work.ts'

/** How deliveries that wait in Postgres are tried. */
export type EmbeddedDeliveryOptions = DeliveryOptions & {
  /** How often the end of a day is checked, in milliseconds; a minute by default. */
  readonly daysEveryMs?: number
}

/**
 * Delivers in the processes themselves, straight from the table of deliveries. Any number of processes may do so on the
 * same database. Creates or migrates its part of the schema `guichet_workflows` first; without transports it does
 * nothing else. A stopped engine cannot be restarted: open another one.
 */
export async function embeddedDelivery(options: EmbeddedDeliveryOptions): Promise<DeliveryEngine> {
  const { daysEveryMs = 60_000 } = options
  const parts = await openDeliveries(options)
  let running: readonly { stop(): Promise<void> }[] = []
  return {
    notificationSink: parts.notificationSink,
    start: async () => {
      if (parts.channels.length === 0) return
      const { reports, onError } = parts
      running = [
        ...parts.channels.map((channel) => startLane(channel, parts)),
        ...(reports ? [followDays(reports, daysEveryMs, onError)] : []),
        parts.tidyUp(),
      ]
    },
    stop: async () => {
      await Promise.all(running.map((each) => each.stop()))
      await parts.close()
    },
    status: parts.status,
  }
}

const graceMs = 3_000

/**
 * Tries due deliveries on one channel, a number of them concurrently: a slow or silent receiver delays its own channel
 * only, and no clock. After a stop, work under way has three seconds to end.
 */
function startLane(channel: DeliveryChannel, parts: OpenDeliveries): Repetition {
  const { deliveries, attempt, concurrency, pollMs, leaseMs, onError, health } = parts
  return startWork({
    name: `looking for what is to be delivered by ${channel}`,
    concurrency,
    claim: (limit) => deliveries.takeDue(channel, limit, leaseMs),
    process: (delivery, signal) =>
      attempt(delivery, signal).then(
        () => undefined,
        (error: unknown) => onError(error, `noting what became of the delivery ${delivery.key}`),
      ),
    idle: async () => pollMs,
    graceMs,
    onError,
    health,
  })
}

/**
 * Publishes the daily reports whenever another day of the desk is over. It polls the time and sets no long timer: a
 * change of the machine's clock, or its sleep, makes a report late and never lost. The database is queried once a day.
 */
function followDays(reports: PublishReports, everyMs: number, onError: OnError): Repetition {
  let seen = ''
  const look = async (): Promise<void> => {
    const day = await reports.lastFinishedDay()
    if (day === seen) return
    await reports.publish()
    seen = day
  }
  return periodically(everyMs, look, (error) => {
    if (!(error instanceof ReportsIncomplete)) onError(error, 'publishing the daily reports')
  })
}
