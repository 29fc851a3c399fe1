import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OnError } from '../supervision/on-error.ts'

/** After how long it is looked again where a look has failed, in milliseconds. */
const afterFailureMs = 1_000

export type Passes = {
  /** Asks for a look, soon: one for any number of those who ask before it begins. */
  kick(): void
  /** Asks for a look after so many milliseconds, instead of the one asked for so before; for none where they are infinite. */
  kickIn(ms: number): void
  /** Whether a look has been asked for that has not begun. */
  readonly asked: boolean
  /** Resolves when no look is under way any more, once the signal has come. */
  end(): Promise<void>
}

/** Looks whenever it is asked to, one look after the other, until the signal. A look that fails is told of, and taken again after a pause. */
export function createPasses(pass: () => void, signal: AbortSignal, onError: OnError): Passes {
  let asked = false
  let timer: NodeJS.Timeout | undefined
  let passing: Promise<void> | undefined

  const passes = async (): Promise<void> => {
    while (asked && !signal.aborted) {
      asked = false
      await nextTurn()
      try {
        pass()
      } catch (error) {
        onError(error, 'routing')
        kickIn(afterFailureMs)
      }
    }
    passing = undefined
  }
  const kick = (): void => {
    asked = true
    passing ??= passes()
  }
  const kickIn = (ms: number): void => {
    clearTimeout(timer)
    if (ms < Infinity && !signal.aborted) timer = setTimeout(kick, Math.max(1, ms))
  }
  return {
    kick,
    kickIn,
    get asked() {
      return asked
    },
    end: async () => {
      clearTimeout(timer)
      await passing
    },
  }
}
