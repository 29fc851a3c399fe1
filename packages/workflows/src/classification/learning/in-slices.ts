import { setTimeout as delay } from 'node:timers/promises'

const sliceMs = 8

/**
 * Drives work that pauses every few milliseconds to its end, and lets everything else of the process have its turn in between: after each slice
 * of 8 ms it rests as long, unless told otherwise.
 * @throws the signal's reason.
 */
export async function inSlices<T>(work: Generator<void, T>, signal: AbortSignal, restMs = sliceMs): Promise<T> {
  for (;;) {
    const until = performance.now() + sliceMs
    while (performance.now() < until) {
      const step = work.next()
      if (step.done) return step.value
    }
    await delay(restMs)
    signal.throwIfAborted()
  }
}
