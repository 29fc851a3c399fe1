import type { Command } from 'commander'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Environment, LogLevel } from '../environment/environment.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { Interruption } from './interruption.ts'
import type { Terminal } from './terminal.ts'

/** What every command works with. */
export type Context = {
  readonly terminal: Terminal
  /** The variables of the process's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** How signals end it. */
  readonly interruption: Interruption
}

/** Adds a command of the command line. */
export type AddCommand = (program: Command, context: Context) => void

/** The environment that the variables name, with what options of the command line override. */
export function environmentOf(
  { variables }: Context,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Environment {
  return readEnvironment(variables, overrides)
}

/** Logs as JSON lines on standard error; `usual` is what the command logs unless the environment says otherwise. */
export const logger = ({ logLevel }: Pick<Environment, 'logLevel'>, usual: LogLevel): Logger =>
  pino({ level: logLevel ?? usual, base: null }, pino.destination({ fd: 2, sync: true }))
