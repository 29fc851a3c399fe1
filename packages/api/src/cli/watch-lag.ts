import type { Position } from '@guichet/domain'
import type { ProjectionRunner, ProjectionStatus } from '@guichet/projections'
import { caughtUp } from '../engine/caught-up.ts'
import { Fault } from '../fault/fault.ts'
import { retryWhileAway } from '../sending/retry-while-away.ts'
import type { Terminal } from './terminal.ts'

/**
 * Waits until the read models have reached the end of the history, and shows how far they have come, also while the
 * database changes hands.
 * @returns the fault of the read models that have stopped, if any has.
 */
export async function watchLag(
  runner: ProjectionRunner,
  terminal: Terminal,
  until: { readonly signal: AbortSignal; readonly position?: Position | undefined },
): Promise<Fault | undefined> {
  const progress = terminal.progress('read models', 0)
  let most = 0
  const onProgress = (lag: number): void => {
    most = Math.max(most, lag)
    progress.update(most - lag, most)
  }
  const { signal } = until
  const watching = retryWhileAway(() => caughtUp(runner, { ...until, onProgress }), { signal })
  const stopped = await watching.finally(progress.stop)
  return stopped.length > 0 ? stoppedFault(stopped) : undefined
}

function stoppedFault(stopped: readonly ProjectionStatus[]): Fault {
  const reasons = stopped.map(({ name, error }) => `${name} at ${error?.eventId}: ${error?.message}`)
  return new Fault(
    'read_model_stopped',
    `the history is stored, but readers do not see all of it: ${reasons.join('; ')}`,
    {
      next: `mend the cause, then guichet projections resume ${stopped[0]?.name}`,
    },
  )
}
