import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '@guichet/domain'
import type { ProjectionRunner, ProjectionStatus } from '@guichet/projections'

/** The pause before a read model that is being built is asked again. */
const pauseMs = 100

/**
 * Resolves when the read models have reached the end of the history, and `position` at the least: what has just been
 * written may be hidden from readers for a moment, while a transaction elsewhere in the database server is under way.
 * @returns the read models that have stopped and are not waited for.
 * @throws the signal's reason.
 */
export async function caughtUp(
  runner: ProjectionRunner,
  options: {
    readonly position?: Position | undefined
    readonly signal?: AbortSignal
    readonly onProgress?: (lag: number) => void
  },
): Promise<readonly ProjectionStatus[]> {
  const { position, signal } = options
  for (;;) {
    await runner.caughtUp(options)
    const reached = position === undefined || (await runner.reached(position, 1_000))
    const stopped = (await runner.status()).filter(({ state }) => state === 'stopped')
    if (reached || stopped.length > 0) return stopped
    await delay(pauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}
