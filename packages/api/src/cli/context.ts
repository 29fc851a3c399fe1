import type { Command } from 'commander'
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
