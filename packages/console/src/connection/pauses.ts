import { retryDelay } from './back-off.ts'

/** The waits before other attempts. */
export type Pauses = {
  /** Resolves after some milliseconds, or earlier when another attempt may succeed; never once they are closed. */
  pauseFor(milliseconds: number): Promise<void>
  /** The same, longer from attempt to attempt. */
  pause(attempt: number): Promise<void>
  /** Ends all waits: another attempt may succeed. */
  wakeAll(): void
  close(): void
}

/** Makes waits that end together. */
export function createPauses(): Pauses {
  const wakers = new Set<() => void>()
  let closed = false

  const pauseFor = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return
      const done = (): void => {
        clearTimeout(timer)
        wakers.delete(done)
        if (!closed) resolve()
      }
      const timer = setTimeout(done, milliseconds)
      wakers.add(done)
    })

  return {
    pauseFor,
    pause: (attempt) => pauseFor(retryDelay(attempt)),
    wakeAll: () => {
      for (const wake of wakers) wake()
    },
    close: () => {
      closed = true
    },
  }
}
