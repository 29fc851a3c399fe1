import type { DeliveryEngine, DeliveryOptions } from '../../delivery/delivery-engine.ts'
import { openDeliveries } from '../../delivery/open-deliveries.ts'
import { followDays } from './follow-days.ts'
import { startLane } from './lane.ts'

export type EmbeddedDeliveryOptions = DeliveryOptions & {
  /** How often it is looked whether a day is over, in milliseconds; a minute by default. */
  readonly daysEveryMs?: number
}

/**
 * Delivers in the processes themselves, straight from the table of deliveries. Any number of processes may do so on the same
 * database. Creates or updates its part of the schema `guichet_workflows` first; without transports it does nothing else. An
 * engine that was stopped is done: open another one.
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
