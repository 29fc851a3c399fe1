import { setTimeout as delay } from 'node:timers/promises'
import type { BackOff } from '@guichet/eventstore'
import { retryWithBackOff } from '@guichet/eventstore'
import type { Repetition } from './periodically.ts'

/** One turn of the work: aborted when it is to end; `well` says that it goes well, where the turn itself takes long. */
export type Turn = { readonly signal: AbortSignal; readonly well: () => void }

export type RepeatedWork = {
  /** Answers after how many milliseconds the next turn begins; undefined when all is done. */
  readonly work: (turn: Turn) => Promise<number | undefined>
  readonly backOff: BackOff
  /** Is waited for before each turn. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Hears of each failure, and is waited for. */
  readonly failed: (error: unknown) => void | Promise<void>
  /** Hears that it goes well again after failures. */
  readonly recovered?: () => void
}

/** Works turn by turn, in spite of failures, until all is done or it is stopped; `stop` resolves when the turn under way has ended. */
export function repeatWithBackOff({ work, backOff, ready, failed, recovered }: RepeatedWork): Repetition {
  const stopping = new AbortController()
  const { signal } = stopping
  const turn = async (): Promise<number | undefined> => {
    let failing = false
    return retryWithBackOff(
      async ({ succeeded }) => {
        const well = (): void => {
          if (failing) recovered?.()
          failing = false
          succeeded()
        }
        await ready?.(signal)
        if (signal.aborted) return undefined
        const pause = await work({ signal, well })
        well()
        return pause
      },
      {
        backOff,
        signal,
        onFailure: (error) => {
          failing = true
          return failed(error)
        },
      },
    )
  }
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const pause = await turn()
        if (pause === undefined) return
        if (pause > 0) await delay(pause, undefined, { signal })
      } catch (error) {
        if (!signal.aborted) throw error
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
