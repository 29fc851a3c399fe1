/**
 * What clocks have learned from their own looks, in this process and lately: the bridge need not signal it to them as well. A hint
 * only. What another process looked at, or what has been forgotten, is signalled, which repeats it.
 */
export type Told = {
  /** The clock of a stream learns what stands at this version of it. */
  note(stream: string, version: number): void
  /** Whether it has lately learned what stands at this version. Forgets it: any other report has to be signalled. */
  take(stream: string, version: number): boolean
}

const lately = { streams: 10_000, ms: 10_000 }

export function createTold(now: () => number = Date.now): Told {
  const known = new Map<string, { readonly version: number; readonly at: number }>()
  return {
    note: (stream, version) => {
      known.delete(stream)
      known.set(stream, { version, at: now() })
      const oldest = known.size > lately.streams ? known.keys().next() : undefined
      if (oldest && !oldest.done) known.delete(oldest.value)
    },
    take: (stream, version) => {
      const told = known.get(stream)
      known.delete(stream)
      return told !== undefined && told.version === version && now() - told.at <= lately.ms
    },
  }
}
