import type { LiveStreams } from '../graphql/services.ts'

/** How a stopping server ends its live streams: event streams, and WebSockets with their subscriptions. */
export type DrainOptions = {
  /** How long the streams take to end together at most, in milliseconds; 10,000 by default, 0 for at once. */
  readonly withinMs?: number | undefined
  /** How many of them end in a second, unless that takes too long; 500 by default. */
  readonly perSecond?: number | undefined
}

/**
 * The live streams of a server. When it stops they end one after another, so that their clients do not all come back to other servers in
 * the same moment. Until a stream ends it gets its events as usual.
 */
export type Drain = LiveStreams & {
  /** Ends the streams, the oldest first. Resolves when the end of each has been asked for. */
  run(): Promise<void>
}

/** How often some of them end, in milliseconds. */
const turnMs = 50

/** Creates a drain without streams. */
export function createDrain({ withinMs = 10_000, perSecond = 500 }: DrainOptions = {}): Drain {
  const streams = new Set<() => void>()
  let over = false
  return {
    join: (end) => {
      const endStream = (): void => end()
      if (over) endStream()
      else streams.add(endStream)
      return () => void streams.delete(endStream)
    },
    run: async () => {
      const startedAt = performance.now()
      for (let ended = 0, whole = streams.size; streams.size > 0; whole = Math.max(whole, ended + streams.size)) {
        const passed = performance.now() - startedAt + turnMs
        const due = Math.max((passed / 1_000) * perSecond, withinMs > 0 ? (whole * passed) / withinMs : Infinity)
        for (const end of streams) {
          if (ended >= due && passed < withinMs) break
          streams.delete(end)
          ended++
          end()
        }
        if (streams.size > 0) await new Promise((resolve) => setTimeout(resolve, turnMs))
      }
      over = true
    },
  }
}
