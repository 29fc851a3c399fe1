import { AppendOutcomeUnknown, retryWithBackOff } from './failure.ts'
import { isDatabaseAway } from './postgres/pool.ts'

/** Runs work for many keys at once. The work of one key runs in the order in which it was added. */
type Lanes = {
  /** Accepts work as soon as fewer than `most` pieces are running or waiting. Rejects once any work has failed. */
  add(key: string, work: () => Promise<void>): Promise<void>
  /** Resolves when all work is done; rejects with the first failure. */
  drained(): Promise<void>
}

/**
 * Creates lanes that run at most `most` pieces of work at once: those of one key in order, those of others in parallel.
 */
export function createLanes(most: number): Lanes {
  const tails = new Map<string, Promise<void>>()
  let pending = 0
  let failure: { readonly error: unknown } | undefined
  let wake: (() => void)[] = []

  const finish = (key: string, tail: Promise<void>): void => {
    pending--
    if (tails.get(key) === tail) tails.delete(key)
    const waiting = wake
    wake = []
    for (const resume of waiting) resume()
  }
  const changed = (): Promise<void> => new Promise((resolve) => void wake.push(resolve))
  const throwFailure = (): void => {
    if (failure) throw failure.error
  }

  return {
    add: async (key, work) => {
      while (pending >= most && !failure) await changed()
      throwFailure()
      pending++
      const before = tails.get(key) ?? Promise.resolve()
      const tail: Promise<void> = before
        .then(() => (failure ? undefined : work()))
        .catch((error: unknown) => void (failure ??= { error }))
        .then(() => finish(key, tail))
      tails.set(key, tail)
    },
    drained: async () => {
      while (pending > 0) await changed()
      throwFailure()
    },
  }
}

const patienceMs = 40_000
const backOff = { first: 50, last: 1_000 }

/**
 * Retries an idempotent operation, such as a read or a command with an id, for forty seconds while the database is
 * away.
 * @param options.signal ends the back-off and the retries.
 * @param options.onUnknown called when the answer of an attempt was lost. The attempt may have been carried out, and
 * the next one may find its result.
 * @throws the error of the last attempt, or the signal's reason.
 */
export const retryWhileAway = <T>(
  work: () => Promise<T>,
  { signal, onUnknown }: { readonly signal?: AbortSignal | undefined; readonly onUnknown?: () => void } = {},
): Promise<T> =>
  retryWithBackOff(work, {
    backOff,
    signal,
    patienceMs,
    isRetryable: isDatabaseAway,
    onFailure: (error) => {
      if (error instanceof AppendOutcomeUnknown) onUnknown?.()
    },
  })
