import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from './on-error.ts'

export type Work = {
  /** What is done, for reports of what goes wrong. */
  readonly context: string
  /** Does a part of the work; resolves with false when there is no more for now. */
  turn(): Promise<boolean>
  /** Milliseconds between two looks for more. */
  readonly pollMs: number
  /** The longest pause after a failure, in milliseconds. */
  readonly longestPauseMs: number
  readonly onError: OnError
}

/**
 * Works turn by turn until it is stopped. While a turn fails it is tried again with growing pauses, for ever; that is reported
 * once. `stop` resolves when the turn under way has ended.
 */
export function keepWorking({ context, turn, pollMs, longestPauseMs, onError }: Work): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const pause = (ms: number): Promise<unknown> =>
    delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

  const loop = async (): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      try {
        const more = await turn()
        failures = 0
        if (!more) await pause(pollMs)
      } catch (error) {
        if (failures === 0) onError(error, context)
        failures += 1
        await pause(Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 10)))
      }
    }
  }
  const ended = loop()
  return {
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}
