import type { BackOff } from '@guichet/eventstore'
import { pauseAfter } from '@guichet/eventstore'

/** When a service is paused, and for how long. */
export type CircuitOptions = {
  /** After how many failures in a row the service is paused. */
  readonly failures?: number
  /** For how long, in milliseconds: doubled with each failed trial. */
  readonly pauseMs?: BackOff
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number
}

/**
 * Runs work with a service, or resolves to undefined at once during a pause. It rejects as the work does. Work that
 * resolves to undefined has not asked the service, which is neither a success nor a failure.
 */
type Circuit = <T>(work: () => Promise<T | undefined>) => Promise<T | undefined>

/**
 * Pauses a service that fails repeatedly, so that a thousand requests do not each wait for its time-out. After the
 * pause one request tries the service. Of concurrent requests, failures after the start of the pause do not prolong it.
 */
export function createCircuit(options: CircuitOptions = {}): Circuit {
  const { failures = 3, pauseMs = { first: 30_000, last: 600_000 }, now = () => performance.now() } = options
  let [inARow, pauses, pausedUntil, trying] = [0, 0, 0, false]
  const failed = (): void => {
    inARow += 1
    const trials = inARow - failures
    if (trials < 0) return
    pauses += 1
    pausedUntil = now() + pauseAfter(trials + 1, pauseMs)
  }
  return async (work) => {
    const trial = inARow >= failures
    if (now() < pausedUntil || (trial && trying)) return undefined
    const pausesBefore = pauses
    trying ||= trial
    try {
      const answer = await work()
      if (answer === undefined) return undefined
      inARow = 0
      pausedUntil = 0
      return answer
    } catch (error) {
      if (pauses === pausesBefore) failed()
      throw error
    } finally {
      if (trial) trying = false
    }
  }
}
