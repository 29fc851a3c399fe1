import { setTimeout as delay } from 'node:timers/promises'
import { AppendOutcomeUnknown, isDatabaseAway } from '@guichet/eventstore'

const pauses = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]

/**
 * Repeats what may be done twice, a read or a command with an id, while the database is away: for about forty seconds.
 * @param onUnknown hears that the answer of an attempt was lost: it may have been carried out, and the next one find it so.
 */
export async function persistently<T>(work: () => Promise<T>, onUnknown?: () => void): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      if (error instanceof AppendOutcomeUnknown) onUnknown?.()
      await delay(pause)
    }
  }
  return work()
}
