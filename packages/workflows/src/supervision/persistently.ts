import { setTimeout as delay } from 'node:timers/promises'
import type { Repetition } from './periodically.ts'

/** One turn of the work: aborted when it is to end; `well` says that it goes well, where the turn itself takes long. */
export type Turn = { readonly signal: AbortSignal; readonly well: () => void }

export type Persistence = {
  /** Answers after how many milliseconds the next turn begins; undefined when all is done. */
  readonly work: (turn: Turn) => Promise<number | undefined>
  /** The pause after a failure in milliseconds: doubled after each one in a row. */
  readonly pauseMs: { readonly first: number; readonly longest: number }
  /** Is waited for before each turn. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Hears of each failure, and is waited for. */
  readonly failed: (error: unknown) => void | Promise<void>
  /** Hears that it goes well again after failures. */
  readonly recovered?: () => void
}

/** Works turn by turn, in spite of failures, until all is done or it is stopped; `stop` resolves when the turn under way has ended. */
export function persistently({ work, pauseMs, ready, failed, recovered }: Persistence): Repetition {
  const stopping = new AbortController()
  const { signal } = stopping
  let failures = 0
  const well = (): void => {
    if (failures > 0) recovered?.()
    failures = 0
  }
  const turn = async (): Promise<number | undefined> => {
    try {
      const pause = await work({ signal, well })
      well()
      return pause
    } catch (error) {
      if (!signal.aborted) await failed(error)
      return Math.min(pauseMs.longest, pauseMs.first * 2 ** Math.min(failures++, 20))
    }
  }
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await ready?.(signal)
      if (signal.aborted) return
      const pause = await turn()
      if (pause === undefined) return
      if (pause > 0) await delay(pause, undefined, { signal }).catch(() => undefined)
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
