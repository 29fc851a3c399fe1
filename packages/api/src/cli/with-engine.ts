import type { Engine, EngineOptions } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { retryWhileAway } from '../sending/retry-while-away.ts'
import { environmentOf } from './environment-of.ts'
import type { Context } from './context.ts'
import { logger } from './logger.ts'

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
