/** Returns what something returns; undefined where it throws. */
export function quietly<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

/**
 * Runs something after a time in milliseconds, whatever it throws; returns how to cancel it. The timer keeps no process
 * of Node alive.
 */
export function runLater(milliseconds: number, run: () => void): () => void {
  // Node returns an object, which has this method.
  const timer = setTimeout(() => quietly(run), milliseconds) as number & { unref?(): void }
  timer.unref?.()
  return () => clearTimeout(timer)
}
