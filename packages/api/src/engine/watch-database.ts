import { isDatabaseAway, retryWithBackOff } from '@guichet/eventstore'

/** Tells once that the database is away, and once that it is back, however many parts notice. */
export type DatabaseWatch = {
  /** Whether an error says that the database is away. If it does, the watch sees to what is told of it. */
  hears(error: unknown): boolean
  stop(): Promise<void>
}

export type Watched = {
  /** What the lines call it. */
  readonly name: string
  /** What is to be done while it is away. */
  readonly next: string
  /** Rejects while the database cannot be used. */
  readonly probe: () => Promise<void>
  readonly say: (message: string) => void
}

const backOff = { first: 50, last: 1_000 }

/** For how long after an outage connections that it broke are still come upon, in milliseconds. */
const aftermathMs = 10_000

/**
 * Watches a database whose connections break at the same moment: the first error that is heard makes it ask the database
 * itself, again and again until it answers.
 */
export function watchDatabase({ name, next, probe, say }: Watched): DatabaseWatch {
  const stopping = new AbortController()
  const { signal } = stopping
  let asking: Promise<void> | undefined
  let backSince = -Infinity

  const ask = async (heard: string): Promise<void> => {
    let wasAway = false
    const onFailure = (error: unknown): void => {
      const waiting = 'Until then commands are answered with unavailable, and read models, clocks and reactions wait'
      if (!wasAway) say(`${name} does not answer (${messageOf(error)}); ${next}. ${waiting}`)
      wasAway = true
    }
    await retryWithBackOff(probe, { backOff, signal, onFailure })
    if (wasAway) {
      backSince = performance.now()
      say(`${name} answers again; everything goes on`)
    } else if (performance.now() - backSince > aftermathMs) {
      say(`connections to ${name} were lost (${heard}) and made anew`)
    }
  }

  return {
    hears: (error) => {
      if (!isDatabaseAway(error)) return false
      if (!signal.aborted)
        asking ??= ask(messageOf(error))
          .catch(() => undefined)
          .finally(() => (asking = undefined))
      return true
    },
    stop: async () => {
      stopping.abort()
      await asking
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
