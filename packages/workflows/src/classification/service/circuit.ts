import type { Classifier } from '@guichet/domain'
import type { BackOff } from '@guichet/eventstore'
import { pauseAfter } from '@guichet/eventstore'

export type CircuitOptions = {
  /** After so many failures in a row the classifier is left alone. */
  readonly failures?: number
  /** For how long, in milliseconds: doubled with each trial that fails too. */
  readonly pauseMs?: BackOff
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

/**
 * Leaves a classifier alone that fails again and again, so that a thousand tickets do not each wait for its time-out: until the pause is over
 * it answers undefined at once, then one ticket tries it. Of those that it is asked about at once, what fails after the pause has begun
 * makes it no longer.
 */
export function throughCircuit(classifier: Classifier, options: CircuitOptions = {}): Classifier {
  const { failures = 3, pauseMs = { first: 30_000, last: 600_000 }, now = () => performance.now() } = options
  let [inARow, pauses, pausedUntil, trying] = [0, 0, 0, false]
  const failed = (): void => {
    inARow += 1
    const trials = inARow - failures
    if (trials < 0) return
    pauses += 1
    pausedUntil = now() + pauseAfter(trials + 1, pauseMs)
  }
  return {
    classify: async (ticket) => {
      const trial = inARow >= failures
      if (now() < pausedUntil || (trial && trying)) return undefined
      const pausesBefore = pauses
      trying ||= trial
      try {
        const said = await classifier.classify(ticket)
        inARow = 0
        pausedUntil = 0
        return said
      } catch (error) {
        if (pauses === pausesBefore) failed()
        throw error
      } finally {
        if (trial) trying = false
      }
    },
  }
}
