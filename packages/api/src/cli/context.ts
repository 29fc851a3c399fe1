import type { Command } from 'commander'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import { readConfiguration } from '../config/configuration.ts'
import type { Engine, EngineOptions } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { persistently } from '../sending/persistently.ts'
import type { Interruption } from './interruption.ts'
import type { Terminal } from './terminal.ts'

/** What every command works with. */
export type Context = {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How signals end it. */
  readonly interruption: Interruption
}

/** Adds a command of the command line. */
export type AddCommand = (program: Command, context: Context) => void

/** The configuration of the environment, with what options of the command line override. */
export function configurationOf(
  { environment }: Context,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Configuration {
  return readConfiguration(environment, overrides)
}

/** Logs as JSON lines on standard error. */
export const logger = (level: string): Logger => pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))

/** Runs work on an engine that is stopped afterwards, whatever happens; `signal` aborts on SIGINT and SIGTERM. */
export function withEngine<T>(
  context: Context,
  work: (engine: Engine, signal: AbortSignal) => Promise<T>,
  options: Partial<EngineOptions> = {},
): Promise<T> {
  const configuration = configurationOf(context)
  const level = configuration.logLevel === 'info' ? 'error' : configuration.logLevel
  return context.interruption.during(async (signal) => {
    const log = logger(level)
    const engine = await startEngine(configuration, { serves: false, log, connections: 4, signal, ...options })
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
  return withEngine(context, (engine, signal) => persistently(() => work(engine, signal), { signal }))
}
