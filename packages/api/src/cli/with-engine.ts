import type { Position } from '@guichet/domain'
import type { ProjectionRunner, ProjectionStatus } from '@guichet/projections'
import type { Engine, EngineOptions } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { caughtUp } from '../engine/watch-database.ts'
import { Fault } from '../fault.ts'
import { retryWhileAway } from '../sending.ts'
import type { Context } from './context.ts'
import { environmentOf, logger } from './context.ts'
import type { Terminal } from './terminal.ts'
import { oneLine } from './terminal.ts'

/** Runs work on an engine that is stopped afterwards, whatever happens; `signal` aborts on SIGINT and SIGTERM. */
export function withEngine<T>(
  context: Context,
  work: (engine: Engine, signal: AbortSignal) => Promise<T>,
  options: Partial<EngineOptions> = {},
): Promise<T> {
  const environment = environmentOf(context)
  return context.interruption.during(async (signal) => {
    const log = logger(environment, 'error')
    const engine = await startEngine(environment, { serves: false, log, connections: 4, signal, ...options })
    try {
      signal.throwIfAborted()
      return await work(engine, signal)
    } finally {
      await engine.stop()
    }
  })
}

/**
 * Runs work that may be done twice on an engine, from its beginning whenever the database goes away meanwhile: its process
 * may be one whose own command is done, and the next one has yet to take over.
 */
export function withEngineRepeatedly<T>(
  context: Context,
  work: (engine: Engine, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withEngine(context, (engine, signal) => retryWhileAway(() => work(engine, signal), { signal }))
}

/** Asks the read models once they show all that is stored by now; warns of one that has stopped, whose answers are old. */
export async function askReadModels<T>(context: Context, question: (engine: Engine) => Promise<T>): Promise<T> {
  const { terminal } = context
  const { stopped, answer } = await withEngineRepeatedly(context, async (engine, signal) => ({
    stopped: await watchLag(engine.runner, terminal, { signal }),
    answer: await question(engine),
  }))
  if (stopped) terminal.err(`warning ${stopped.code}: ${oneLine(stopped.message)} (${stopped.next})`)
  return answer
}

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
