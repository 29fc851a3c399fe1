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
