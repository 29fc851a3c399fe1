import type { ProjectionRunner } from '@guichet/projections'
import type { Terminal } from './terminal.ts'

/** Waits until the read models have reached the end of the history, and shows how far they have come. */
export async function watchLag(runner: ProjectionRunner, terminal: Terminal, signal?: AbortSignal): Promise<void> {
  const progress = terminal.progress('read models', 0)
  let most = 0
  try {
    await runner.caughtUp({
      ...(signal && { signal }),
      onProgress: (lag) => {
        most = Math.max(most, lag)
        progress.update(most - lag, most)
      },
    })
  } finally {
    progress.stop()
  }
}
