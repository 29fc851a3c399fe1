import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { BackOff } from '@guichet/eventstore'
import { pauseAfter, retryWithBackOff } from '@guichet/eventstore'

/** Work that is repeated until it is stopped. */
export type Repetition = { stop(): Promise<void> }

/** A repetition that tells how its work went. */
export type Observed = Repetition & {
  /** What the work failed with the last time that it was done; undefined when it went well. */
  failure(): Error | undefined
}

/**
 * Does work at once, then again so many milliseconds after it ended, whether or not it failed.
 * `stop` resolves when the work under way has ended.
 */
export function periodically(
  milliseconds: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Observed {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let failure: Error | undefined
  const turn = async (): Promise<void> => {
    await work().then(
      () => (failure = undefined),
      (error: unknown) => {
        failure = asError(error)
        onError(error)
      },
    )
    if (!stopped) timer = setTimeout(() => void (underWay = turn()), milliseconds)
  }
  let underWay = turn()
  return {
    failure: () => failure,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await underWay
    },
  }
}

/** What was thrown, as an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

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

/** Does something with each of many, so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const work = async (): Promise<void> => {
    for (const item of rest) await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
}

/**
 * Does work under a signal of its own, aborted with the first of those given and let go of with the work: a client keeps hold of each call on a signal
 * for as long as there is the signal.
 */
export async function withOwnSignal<T>(
  given: AbortSignal | readonly AbortSignal[],
  work: (own: AbortController) => Promise<T>,
): Promise<T> {
  const signals = [given].flat()
  const own = new AbortController()
  setMaxListeners(0, own.signal)
  const end = (): void => own.abort(signals.find(({ aborted }) => aborted)?.reason)
  for (const signal of signals) signal.addEventListener('abort', end, { once: true })
  if (signals.some(({ aborted }) => aborted)) end()
  try {
    return await work(own)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end)
  }
}

const backOff = { first: 1_000, last: 300_000 }

/**
 * How many milliseconds to wait after so many tries: a second, doubled with each, five minutes at most. So do the retry policies of
 * the workflows that work for streams and deliveries.
 */
export const retryPause = (attempts: number): number => pauseAfter(attempts, backOff)

/** Hears of everything that goes wrong and is tried again; `context` says what was being done. */
export type OnError = (error: unknown, context: string) => void

/** Does work that ends when the time is up, or sooner when the signal comes: the work's own signal then aborts. */
export async function inTime<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const stop = (): void => ending.abort(new Error('broken off'))
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await work(ending.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
