import { setTimeout as delay } from 'node:timers/promises'
import { AppendOutcomeUnknown, StoreUnavailable } from '@guichet/eventstore'

const pauses = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]

/** Repeats an idempotent command while the store is out of reach, for about forty seconds in all. */
export async function persistently<T>(send: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown)) throw error
      await delay(pause)
    }
  }
  return send()
}
