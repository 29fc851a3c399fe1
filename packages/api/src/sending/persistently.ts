import { setTimeout as delay } from 'node:timers/promises'
import { AppendOutcomeUnknown, isDatabaseAway } from '@guichet/eventstore'

const patienceMs = 40_000
const pauseMs = { first: 50, last: 1_000 }

/**
 * Repeats what may be done twice, a read or a command with an id, while the database is away: for forty seconds.
 * @param options.signal ends a pause, and with it the repeating.
 * @param options.onUnknown hears that the answer of an attempt was lost: it may have been carried out, and the next one
 * find it so.
 * @throws what the last attempt failed with, or the signal's reason.
 */
export async function persistently<T>(
  work: () => Promise<T>,
  { signal, onUnknown }: { readonly signal?: AbortSignal | undefined; readonly onUnknown?: () => void } = {},
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (let pause = pauseMs.first; ; pause = Math.min(pauseMs.last, 2 * pause)) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() > deadline) throw error
      if (error instanceof AppendOutcomeUnknown) onUnknown?.()
      await delay(pause, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}
