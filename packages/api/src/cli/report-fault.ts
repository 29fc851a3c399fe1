import { CommanderError } from 'commander'
import { faults } from '../fault/catalogue.ts'
import type { ExitCode } from '../fault/exit-codes.ts'
import { exitCodes } from '../fault/exit-codes.ts'
import { Fault } from '../fault/fault.ts'
import type { Terminal } from './terminal.ts'

/** Tells an operator in one line what went wrong and what to do; the stack only when GUICHET_DEBUG is set. */
export async function reportFault(error: unknown, terminal: Terminal, debug: boolean): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok
    if (error.code === 'commander.help') terminal.err(`error usage: a command is missing (${faults.usage.next})`)
    return exitCodes.usage
  }
  const fault = await asFault(error)
  terminal.err(`error ${fault.code}: ${oneLine(fault.message)} (${oneLine(fault.next)})`)
  if (debug && error instanceof Error) terminal.err(String(error.stack))
  return fault.exitCode
}

async function asFault(error: unknown): Promise<Fault> {
  if (error instanceof Fault) return error
  const { isDatabaseAway, SchemaRefused, SchemaTooNew, StreamDeleted, tookTooLong } =
    await import('@guichet/eventstore')
  const { CorruptHistory } = await import('@guichet/domain')
  if (isDatabaseAway(error)) {
    return new Fault('database_unavailable', 'the database cannot be reached any more', {
      next: 'run the same command again when it is back: nothing is done twice',
      cause: error,
    })
  }
  if (tookTooLong(error)) return new Fault('read_timeout', 'the database took too long to answer', { cause: error })
  if (error instanceof SchemaRefused) {
    const next = 'grant that, or give DATABASE_MIGRATION_URL: see “Roles of the database” in docs/operations.md'
    return new Fault('database_refused', error.message, { next, cause: error })
  }
  if (error instanceof SchemaTooNew || error instanceof CorruptHistory || error instanceof StreamDeleted) {
    return new Fault('store_unusable', error.message, { cause: error })
  }
  return new Fault('internal', error instanceof Error ? error.message : String(error), { cause: error })
}

/** Text without its line ends. */
export const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
