import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { BackOff } from '@guichet/eventstore'
import { pauseAfter, retryWithBackOff } from '@guichet/eventstore'

/** Work that is repeated until it is stopped. */
export type Repetition = { stop(): Promise<void> }

/** A repetition that reports its last failure. */
export type ObservedRepetition = Repetition & {
  /** The error of the latest turn; undefined when that turn succeeded. */
  failure(): Error | undefined
}

/**
 * Runs work at once, then again after a pause in milliseconds, whether or not it failed.
 * `stop` resolves when the work under way has ended.
 */
export function periodically(
  milliseconds: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): ObservedRepetition {
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

/** Returns a function that does work after all work that it was given before, whether or not that has failed. */
export function createTurns(): (work: () => Promise<void>) => Promise<void> {
  let underWay: Promise<void> = Promise.resolve()
  return (work) => {
    const turn = underWay.then(work)
    underWay = turn.catch(() => undefined)
    return turn
  }
}

/** Converts a thrown value to an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/**
 * One turn of the work. `signal` aborts to end it; the turn calls `well` to report success early, where it takes long.
 */
export type Turn = { readonly signal: AbortSignal; readonly well: () => void }

/** Work in turns, with what to do when one fails. */
export type RepeatedWork = {
  /** Returns the milliseconds until the next turn; undefined when all is done. */
  readonly work: (turn: Turn) => Promise<number | undefined>
  readonly backOff: BackOff
  /** Awaited before each turn. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Called with each failure, and awaited. */
  readonly failed: (error: unknown) => void | Promise<void>
  /** Called when it succeeds again after failures. */
  readonly recovered?: () => void
}

/**
 * Runs turn after turn, in spite of failures, until all is done or it is stopped; `stop` resolves when the turn under
 * way has ended.
 */
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

/** Processes many items, a limited number of them concurrently. */
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
 * Runs work under its own signal, aborted with the first of the given ones and released with the work: a client keeps a
 * reference to each call on a signal for as long as the signal lives.
 */
export async function withOwnSignal<T>(
  parents: AbortSignal | readonly AbortSignal[],
  work: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const signals = [parents].flat()
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const end = (): void => controller.abort(signals.find(({ aborted }) => aborted)?.reason)
  for (const signal of signals) signal.addEventListener('abort', end, { once: true })
  if (signals.some(({ aborted }) => aborted)) end()
  try {
    return await work(controller)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end)
  }
}

const backOff = { first: 1_000, last: 300_000 }

/**
 * How many milliseconds to wait after a number of tries: a second, doubled with each, five minutes at most. The retry
 * policies of the workflows for streams and deliveries do the same.
 */
export const retryPause = (attempts: number): number => pauseAfter(attempts, backOff)

/** Called with every failure that is retried; `context` describes the work. */
export type OnError = (error: unknown, context: string) => void

/** Runs work that ends at a time limit, or sooner at the signal: the work's own signal then aborts. */
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
