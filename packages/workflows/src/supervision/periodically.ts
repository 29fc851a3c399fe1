/** Work that is repeated until it is stopped. */
export type Repetition = { stop(): Promise<void> }

/**
 * Does work at once, then again so many milliseconds after it ended, whether or not it failed.
 * `stop` resolves when the work under way has ended.
 */
export function periodically(
  milliseconds: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Repetition {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const turn = async (): Promise<void> => {
    await work().catch(onError)
    if (!stopped) timer = setTimeout(() => void (underWay = turn()), milliseconds)
  }
  let underWay = turn()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await underWay
    },
  }
}
