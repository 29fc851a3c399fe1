/** Work of which no two pieces for the same stream run at once. */
export type Turns = {
  /** Runs `work` when every earlier work for the stream has ended. */
  take<T>(stream: string, work: () => Promise<T>): Promise<T>
  /** Resolves when no work is left. */
  idle(): Promise<void>
}

/** Turns within this process: different streams run side by side, and work that fails lets the next piece run all the same. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    async take(stream, work) {
      const before = last.get(stream)
      const turn = before ? before.then(work, work) : work()
      last.set(stream, turn)
      try {
        return await turn
      } finally {
        if (last.get(stream) === turn) last.delete(stream)
      }
    },
    async idle() {
      while (last.size > 0) await Promise.allSettled(last.values())
    },
  }
}
