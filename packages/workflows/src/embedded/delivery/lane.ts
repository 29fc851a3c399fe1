import { setMaxListeners } from 'node:events'
import type { DeliveryChannel } from '../../delivery/delivery.ts'
import type { OpenDeliveries } from '../../delivery/open-deliveries.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'

const graceMs = 3_000

/**
 * Tries what is due on one channel, so many at once: a receiver that is slow or silent holds up its own channel alone, and no
 * clock. Once it is stopped, what is under way has three seconds to end.
 */
export function startLane(channel: DeliveryChannel, parts: OpenDeliveries): Repetition {
  const { deliveries, attempt, concurrency, pollMs, leaseMs, onError, health } = parts
  const name = `looking for what is to be delivered by ${channel}`
  const breakingOff = new AbortController()
  setMaxListeners(0, breakingOff.signal)
  const underWay = new Set<Promise<unknown>>()

  let reported = false
  const looking = repeatWithBackOff({
    work: async () => {
      const free = concurrency - underWay.size
      const taken = await deliveries.takeDue(channel, free, leaseMs)
      for (const delivery of taken) {
        const trying = attempt(delivery, breakingOff.signal)
          .catch((error: unknown) => onError(error, `noting what became of the delivery ${delivery.key}`))
          .finally(() => underWay.delete(trying))
        underWay.add(trying)
      }
      if (taken.length < free) return pollMs
      await Promise.race(underWay)
      return 0
    },
    backOff: { first: 500, last: 5_000 },
    failed: (error) => {
      if (!reported) onError(error, name)
      reported = true
      health.failed(name, error)
    },
    recovered: () => {
      reported = false
      health.succeeded(name)
    },
  })
  return {
    stop: async () => {
      const timer = setTimeout(() => breakingOff.abort(), graceMs)
      await looking.stop()
      await Promise.all(underWay)
      clearTimeout(timer)
    },
  }
}
