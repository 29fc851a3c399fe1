import { isDeepStrictEqual } from 'node:util'
import type { StreamChange } from './workflow/stream-change.ts'

/** What stands on a stream, as its clock is told. */
export type StandingTold = Omit<StreamChange, 'order'>

/**
 * What clocks have learned from their own looks, in this process and lately: the bridge need not signal it to them as well. A hint
 * only. What another process looked at, or what has been forgotten, is signalled, which repeats it.
 */
export type Told = {
  /** The clock of a stream learns what stands on it. */
  note(standing: StandingTold): void
  /**
   * Whether it has lately learned this very standing: at one version, another configuration lets something else fall due. Forgets it:
   * any other report has to be signalled.
   */
  take(standing: StandingTold): boolean
}

const lately = { streams: 10_000, ms: 10_000 }

/** Remembers the latest ten thousand streams for ten seconds each. @param now the present, in milliseconds since 1970. */
export function createTold(now: () => number = Date.now): Told {
  const known = new Map<string, { readonly standing: StandingTold; readonly at: number }>()
  return {
    note: (standing) => {
      known.delete(standing.stream)
      known.set(standing.stream, { standing, at: now() })
      const oldest = known.size > lately.streams ? known.keys().next() : undefined
      if (oldest && !oldest.done) known.delete(oldest.value)
    },
    take: (standing) => {
      const told = known.get(standing.stream)
      known.delete(standing.stream)
      return told !== undefined && now() - told.at <= lately.ms && isDeepStrictEqual(told.standing, standing)
    },
  }
}
