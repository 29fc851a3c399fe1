import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { AppendOutcomeUnknown, isDatabaseAway, retryWithBackOff, StoreUnavailable } from '@guichet/eventstore'
import type { ProjectionRunner, ProjectionStatus } from '@guichet/projections'

/** Logs once that the database is away, and once that it is back, even if many parts notice. */
export type DatabaseWatch = {
  /** Returns whether an error means that the database is away. If so, the watch logs the outage. */
  handles(error: unknown): boolean
  stop(): Promise<void>
}

/** A database with the way to probe it and to report on it. */
export type WatchedDatabase = {
  /** Its name in log lines. */
  readonly name: string
  /** What an operator does while it is away. */
  readonly next: string
  /** Rejects while the database cannot be used. */
  readonly probe: () => Promise<void>
  readonly say: (message: string) => void
}

const backOff = { first: 50, last: 1_000 }

/** For how long after an outage broken connections may still be found, in milliseconds. */
const aftermathMs = 10_000

/**
 * Watches a database whose connections all break at the same moment. On the first error, it probes the database itself
 * until it answers.
 */
export function watchDatabase({ name, next, probe, say }: WatchedDatabase): DatabaseWatch {
  const stopping = new AbortController()
  const { signal } = stopping
  let probing: Promise<void> | undefined
  let backSince = -Infinity

  const probeUntilBack = async (reason: string): Promise<void> => {
    let wasAway = false
    const onFailure = (error: unknown): void => {
      const waiting = 'Until then commands are answered with unavailable, and read models, clocks and reactions wait'
      if (!wasAway) say(`${name} does not answer (${messageOf(error)}); ${next}. ${waiting}`)
      wasAway = true
    }
    await retryWithBackOff(probe, { backOff, signal, onFailure })
    if (wasAway) {
      backSince = performance.now()
      say(`${name} answers again; all work continues`)
    } else if (performance.now() - backSince > aftermathMs) {
      say(`connections to ${name} were lost (${reason}) and made anew`)
    }
  }

  return {
    handles: (error) => {
      if (!isDatabaseAway(error)) return false
      if (!signal.aborted)
        probing ??= probeUntilBack(messageOf(error))
          .catch(() => undefined)
          .finally(() => (probing = undefined))
      return true
    },
    stop: async () => {
      stopping.abort()
      await probing
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Returns whether an error means that the event store is away. `logOutages` logs that. */
export const isOutage = (error: unknown): boolean =>
  error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown

/** Returns the same store, which logs once that its server is away, and once that it is back. */
export function logOutages(store: EventStore, say: (message: string) => void): EventStore {
  let away = false
  let lastWell = 0
  const watched =
    <P extends readonly unknown[], R>(call: (...parameters: P) => Promise<R>) =>
    async (...parameters: P): Promise<R> => {
      const startedAt = performance.now()
      try {
        const answer = await call(...parameters)
        lastWell = performance.now()
        if (away) say('EventStoreDB answers again; all work continues')
        away = false
        return answer
      } catch (error) {
        // If a later call has already succeeded, the outage is over.
        if (isOutage(error) && !away && startedAt >= lastWell) {
          away = true
          const reason = error instanceof Error ? error.message : String(error)
          say(
            `EventStoreDB does not answer (${reason}); start it, or look into its log. Until then commands are answered ` +
              'with unavailable, and read models, clocks and reactions wait',
          )
        }
        throw error
      }
    }
  return {
    ...store,
    append: watched(store.append),
    readStream: watched(store.readStream),
    readAll: watched(store.readAll),
    findCommand: watched(store.findCommand),
    head: watched(store.head),
    isAhead: watched(store.isAhead),
  }
}

/** The pause before the status of read models is read again, in milliseconds. */
const pauseMs = 100

/** The pause between two looks at read models that wait before an event which cannot be read, in milliseconds. */
const lookEveryMs = 1_000

/** After how many looks in a row that is the end: another process may be able to read the event, and be in a long batch. */
const mostLooks = { here: 3, elsewhere: 15 }

/**
 * Resolves when the read models have reached the end of the history, and at least `position`. Recent events may be
 * hidden from readers for a moment, while another transaction in the database server is open.
 * @returns the read models that have stopped. They are not waited for.
 * @throws CorruptHistory where read models stay before an event that cannot be read; the signal's reason.
 */
export async function caughtUp(
  runner: ProjectionRunner,
  options: {
    readonly position?: Position | undefined
    readonly signal?: AbortSignal
    readonly onProgress?: (lag: number) => void
  },
): Promise<readonly ProjectionStatus[]> {
  const { position, signal: callerSignal } = options
  const over = new AbortController()
  const signal = callerSignal ? AbortSignal.any([callerSignal, over.signal]) : over.signal
  const catchingUp = async (): Promise<readonly ProjectionStatus[]> => {
    for (;;) {
      await runner.caughtUp({ ...options, signal })
      const reached = position === undefined || (await runner.reached(position, 1_000))
      const stopped = (await runner.status()).filter(({ state }) => state === 'stopped')
      if (reached || stopped.length > 0) return stopped
      await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
  try {
    return await Promise.race([catchingUp(), refuseUnreadable(runner, signal)])
  } finally {
    over.abort()
  }
}

/** Never resolves. @throws CorruptHistory where read models stay before an event that cannot be read; the signal's reason. */
async function refuseUnreadable(runner: ProjectionRunner, signal: AbortSignal): Promise<never> {
  const seen = new Map<string, number>()
  for (;;) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    const before = new Map(seen)
    seen.clear()
    // A database that is away is waited for by the read models.
    for (const { name, position, reason, isOwn } of await runner.blocked().catch(() => [])) {
      const place = `${name} ${position}`
      seen.set(place, (before.get(place) ?? 0) + 1)
      if (seen.get(place) === (isOwn ? mostLooks.here : mostLooks.elsewhere)) throw new CorruptHistory(reason)
    }
  }
}
