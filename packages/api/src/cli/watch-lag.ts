import type { Position } from '@guichet/domain'
import type { ProjectionRunner } from '@guichet/projections'
import { caughtUp } from '../engine/caught-up.ts'
import type { Terminal } from './terminal.ts'

/** Waits until the read models have reached the end of the history, and shows how far they have come. */
export async function watchLag(
  runner: ProjectionRunner,
  terminal: Terminal,
  until: { readonly signal: AbortSignal; readonly position?: Position | undefined },
): Promise<void> {
  const progress = terminal.progress('read models', 0)
  let most = 0
  const onProgress = (lag: number): void => {
    most = Math.max(most, lag)
    progress.update(most - lag, most)
  }
  await caughtUp(runner, { ...until, onProgress }).finally(progress.stop)
}
