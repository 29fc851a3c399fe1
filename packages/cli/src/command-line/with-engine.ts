import type { Position } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import type { ProjectionRunner, ProjectionStatus, ReadModels } from '@guichet/projections'
import type { Engine } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import type { EngineOptions } from '../engine/startup.ts'
import { caughtUp } from '../engine/watch-database.ts'
import { CommandFault } from '../fault.ts'
import type { Fault } from '@guichet/desk'
import { retryWhileAway } from '@guichet/eventstore'
import type { Context } from './context.ts'
import { environmentOf, logger } from './context.ts'
import type { Terminal } from './terminal.ts'
import { oneLine } from './terminal.ts'

/** Runs work on an engine that is always stopped afterwards; `signal` aborts on SIGINT and SIGTERM. */
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
 * Runs idempotent work on an engine, and starts it again whenever the database goes away: the process that runs the
 * database may have finished its own command, and the next one has not taken over yet.
 */
export function withEngineRepeatedly<T>(
  context: Context,
  work: (engine: Engine, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withEngine(context, (engine, signal) => retryWhileAway(() => work(engine, signal), { signal }), {
    connections: 2,
    followsTogether: true,
    announces: false,
  })
}

/**
 * Queries the read models once they show all events stored so far. Warns of a stopped one, whose answers are old, and of events that
 * readers do not see after some seconds.
 */
export async function askReadModels<T>(context: Context, question: (engine: Engine) => Promise<T>): Promise<T> {
  const { incomplete, answer } = await withEngineRepeatedly(context, async (engine, signal) => ({
    incomplete: await showAll(engine, context.terminal, signal),
    answer: await question(engine),
  }))
  if (incomplete) warnOf(incomplete, context.terminal)
  return answer
}

/** Returns the read models of an engine once they show all events stored so far, as `askReadModels` does. */
export async function caughtUpReadModels(
  engine: Engine,
  { terminal }: Context,
  signal: AbortSignal,
): Promise<ReadModels> {
  const incomplete = await showAll(engine, terminal, signal)
  if (incomplete) warnOf(incomplete, terminal)
  return engine.readModels
}

/**
 * How long a command waits for acknowledged events that readers do not see, since an older append is still open, in
 * milliseconds.
 */
const hiddenForMs = 3_000

/**
 * Waits until the read models show every event that was acknowledged until now.
 * @returns why they do not.
 */
async function showAll({ store, runner }: Engine, terminal: Terminal, signal: AbortSignal): Promise<Fault | undefined> {
  const inPostgres = 'newest' in store ? (store as PostgresStore) : undefined
  const newest = await inPostgres?.newest()
  const stopped = await watchLag(runner, terminal, { signal })
  if (stopped || newest === undefined || (await runner.reached(newest, hiddenForMs))) return stopped
  const { hiddenEvents = 0, oldestWriter } = (await inPostgres?.lag()) ?? {}
  if (hiddenEvents === 0) return undefined
  const writer = oldestWriter === undefined ? '' : `: ${oldestWriter.description}`
  const events = hiddenEvents === 1 ? '1 stored event is' : `${hiddenEvents} stored events are`
  return new CommandFault('events_hidden', `${events} not shown while an older append is open${writer}`)
}

function warnOf({ code, message, next }: Fault, terminal: Terminal): void {
  terminal.err(`warning ${code}: ${oneLine(message)} (${next})`)
}

/**
 * Waits until the read models have reached the end of the history, and shows their progress, even while another process
 * takes over the database.
 * @returns the fault of the stopped read models, if any.
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
  return new CommandFault(
    'read_model_stopped',
    `the history is stored, but readers do not see all of it: ${reasons.join('; ')}`,
    {
      next: `mend the cause, then guichet projections resume ${stopped[0]?.name}`,
    },
  )
}
