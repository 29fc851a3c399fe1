import { AppendOutcomeUnknown, isDatabaseAway, retryWithBackOff } from '@guichet/eventstore'

/** Runs work for many keys at once: what belongs to one key runs in the order it was added. */
type Lanes = {
  /** Takes work on as soon as fewer than the most pieces are under way or waiting; rejects once any work has failed. */
  add(key: string, work: () => Promise<void>): Promise<void>
  /** Resolves when everything has been done; rejects with the first failure. */
  drained(): Promise<void>
}

/** Lanes for at most so many pieces of work at once: those of one key one after the other, in their order; others side by side. */
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
 * Repeats what may be done twice, a read or a command with an id, while the database is away: for forty seconds.
 * @param options.signal ends a pause, and with it the repeating.
 * @param options.onUnknown hears that the answer of an attempt was lost: it may have been carried out, and the next one
 * find it so.
 * @throws what the last attempt failed with, or the signal's reason.
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
