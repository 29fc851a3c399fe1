import { setTimeout as delay } from 'node:timers/promises'

/** A pause that doubles each time, from the first up to the last; in milliseconds. */
export type BackOff = { readonly first: number; readonly last: number }

/** Returns the pause after a number of failures or idle polls in a row, in milliseconds. */
export const pauseAfter = (times: number, { first, last }: BackOff): number =>
  Math.min(last, first * 2 ** Math.max(0, Math.min(times - 1, 30)))

/** How something is tried again: with which pauses, how often and for how long. */
export type Retry = {
  readonly backOff: BackOff
  /** Ends a pause, and with it the retries. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds from the start of the first attempt after which no attempt starts; unlimited by default. */
  readonly patienceMs?: number
  /** The most retries; unlimited by default. */
  readonly retries?: number
  /** Whether another attempt can help; always true by default. */
  readonly isRetryable?: (error: unknown) => boolean
  /** Called before each pause, and awaited. */
  readonly onFailure?: (error: unknown, failuresInARow: number) => void | Promise<void>
}

/**
 * Repeats failing work until it succeeds, with a growing pause after each failure. Long-running work calls `succeeded`
 * once it goes well: pauses and retries are then counted from zero again.
 * @throws the error of the last attempt, or the signal's reason where another attempt would have followed.
 */
export async function retryWithBackOff<T>(
  work: (attempt: { readonly succeeded: () => void }) => Promise<T>,
  { backOff, signal, patienceMs = Infinity, retries = Infinity, isRetryable = () => true, onFailure }: Retry,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  let failures = 0
  const attempt = { succeeded: (): void => void (failures = 0) }
  for (;;) {
    try {
      return await work(attempt)
    } catch (error) {
      const pause = pauseAfter(failures + 1, backOff)
      if (failures >= retries || performance.now() + pause > deadline || !isRetryable(error)) throw error
      signal?.throwIfAborted()
      failures++
      await onFailure?.(error, failures)
      await delay(pause, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}
