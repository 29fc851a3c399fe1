import type { Position } from '@guichet/domain'
import type { ProjectionRunner } from '@guichet/projections'

/**
 * Resolves when the read models have reached the end of the history, and `position` at the least: what has just been
 * written may be hidden from readers for a moment, while a transaction elsewhere in the database server is under way.
 * @throws the signal's reason.
 */
export async function caughtUp(
  runner: ProjectionRunner,
  options: {
    readonly position?: Position | undefined
    readonly signal?: AbortSignal
    readonly onProgress?: (lag: number) => void
  },
): Promise<void> {
  const { position, signal } = options
  await runner.caughtUp(options)
  while (position !== undefined && !(await runner.reached(position, 1_000))) signal?.throwIfAborted()
}
