import type { OnError } from '../supervision/on-error.ts'
import { retryPause } from '../supervision/retry-pause.ts'
import type { Deliveries, Taken } from './deliveries.ts'
import type { DeliveryChannel } from './delivery.ts'
import type { Transports } from './transport.ts'
import { TryAgain } from './transport.ts'

/** What became of a delivery: it was delivered, refused for good, or waits for the next try. */
export type Attempted = 'delivered' | 'refused' | { readonly againInMs: number }

/** Tries one delivery that was taken, and notes what became of it. @throws what the database rejects with. */
export type Attempt = (delivery: Taken, signal: AbortSignal) => Promise<Attempted>

export type AttemptParts = {
  readonly deliveries: Deliveries
  readonly transports: Transports
  /** After how many milliseconds of waiting a try that does not work is the last one. */
  readonly giveUpAfterMs: number
  readonly onError: OnError
}

/** What goes wrong is reported once for each channel, until something has been delivered on it again. */
export function attempting({ deliveries, transports, giveUpAfterMs, onError }: AttemptParts): Attempt {
  const failing = new Set<DeliveryChannel>()

  const failed = async (delivery: Taken, error: unknown): Promise<Attempted> => {
    const { key, channel, attempts, waitingSince } = delivery
    const reason = error instanceof Error ? error.message : String(error)
    if (!failing.has(channel)) onError(error, `delivering by ${channel}; it is tried again`)
    failing.add(channel)
    if (Date.now() - waitingSince.getTime() >= giveUpAfterMs) {
      await deliveries.refused(key, `given up after ${attempts === 1 ? 'one try' : `${attempts} tries`}: ${reason}`)
      return 'refused'
    }
    const wanted = error instanceof TryAgain ? error.afterMs : undefined
    const againInMs = Math.max(retryPause(attempts), wanted ?? 0)
    await deliveries.postponed(key, reason, againInMs)
    return { againInMs }
  }

  return async (delivery, signal) => {
    const transport = transports[delivery.channel]
    if (!transport) return failed(delivery, new TryAgain(`nothing is set up that delivers by ${delivery.channel}`))
    const outcome = await transport.send(delivery, { signal }).catch((error: unknown) => ({ error }))
    if ('error' in outcome) return failed(delivery, outcome.error)
    failing.delete(delivery.channel)
    if (outcome.sent) {
      await deliveries.delivered(delivery.key)
      return 'delivered'
    }
    await deliveries.refused(delivery.key, outcome.refused)
    return 'refused'
  }
}
