import type { Command } from 'commander'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Environment, LogLevel } from '../environment/environment.ts'
import { readEnvironment } from '../environment/environment.ts'
import type { Interruption } from './interruption.ts'
import type { Terminal } from './terminal.ts'

/** The context of every command. */
export type Context = {
  readonly terminal: Terminal
  /** The variables of the process's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Handles the signals that end it. */
  readonly interruption: Interruption
}

/** Adds a command to the command line. */
export type AddCommand = (program: Command, context: Context) => void

/** Reads the environment from the variables, with the overriding options of the command line. */
export function environmentOf(
  { variables }: Context,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Environment {
  return readEnvironment(variables, overrides)
}

/** Creates a log of JSON lines on standard error; `usual` is the level unless the environment sets one. */
export const logger = ({ logLevel }: Pick<Environment, 'logLevel'>, usual: LogLevel): Logger =>
  pino({ level: logLevel ?? usual, base: null }, pino.destination({ fd: 2, sync: true }))
