import { setTimeout as delay } from 'node:timers/promises'
import { isDatabaseAway } from '@guichet/eventstore'

const pauses = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]

/** Repeats what may be done twice, a read or a command with an id, while the database is away: for about forty seconds. */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      await delay(pause)
    }
  }
  return work()
}
