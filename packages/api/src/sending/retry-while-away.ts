import { AppendOutcomeUnknown, isDatabaseAway, retryWithBackOff } from '@guichet/eventstore'

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
