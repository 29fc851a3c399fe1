import { setTimeout as delay } from 'node:timers/promises'
import { AppendOutcomeUnknown, StoreUnavailable } from '@guichet/eventstore'

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

/** Whether an error says that the database cannot be reached at present, or that its connection was lost. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown) return true
  if (!(error instanceof Error)) return false
  const { code = '' } = error as NodeJS.ErrnoException
  return /^(ECONN|EPIPE|ETIMEDOUT|57P0|08)/.test(code) || /^Connection terminated/.test(error.message)
}
