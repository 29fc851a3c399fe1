import cliProgress from 'cli-progress'
import { CommanderError } from 'commander'
import type { ExitCode } from '@guichet/desk'
import { exitCodes, Fault, safeText } from '@guichet/desk'
import { CommandFault, faults } from '../fault.ts'

/** The outputs of the command line: results go to `out`, everything else to `err`. */
export type Terminal = {
  out(line: string): void
  err(line: string): void
  /** Shows the progress of long work, if the output is visible. */
  progress(title: string, total: number): Progress
}

type Progress = { update(done: number, total?: number): void; stop(): void }

/** Returns the terminal of this process. Bars are drawn on standard error, and only when that is a terminal. */
export function processTerminal(): Terminal {
  ignoreBrokenPipe(process.stdout)
  ignoreBrokenPipe(process.stderr)
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    progress: (title, total) =>
      process.stderr.isTTY ? bar(title, total) : { update: () => undefined, stop: () => undefined },
  }
}

/** Returns a terminal that replaces unsafe characters in all printed data. */
export const safeTerminal = (terminal: Terminal): Terminal => ({
  out: (line) => terminal.out(safeText(line)),
  err: (line) => terminal.err(safeText(line)),
  progress: (title, total) => terminal.progress(safeText(title), total),
})

/** Ignores a reader such as `head` that closes early: the command still completes its work. */
export function ignoreBrokenPipe<S extends NodeJS.EventEmitter>(output: S): S {
  return output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

function bar(title: string, total: number): Progress {
  const drawn = new cliProgress.SingleBar({
    stream: process.stderr,
    format: `${title} [{bar}] {percentage}% | {value}/{total} | {eta_formatted} left`,
    hideCursor: true,
    fps: 5,
  })
  drawn.start(total, 0)
  return {
    update: (done, newTotal) => {
      if (newTotal !== undefined) drawn.setTotal(newTotal)
      drawn.update(done)
    },
    stop: () => {
      drawn.update(drawn.getTotal())
      drawn.stop()
    },
  }
}

/** Prints in one line what went wrong and what to do next; the stack only when GUICHET_DEBUG is set. */
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
  const { AppendRejected, isDatabaseAway, SchemaRefused, SchemaTooNew, StreamDeleted, tookTooLong } =
    await import('@guichet/eventstore')
  const { CorruptHistory } = await import('@guichet/domain')
  if (isDatabaseAway(error)) {
    return new CommandFault('database_unavailable', 'the database cannot be reached any more', {
      next: 'run the same command again when it is back: nothing is done twice',
      cause: error,
    })
  }
  if (tookTooLong(error))
    return new CommandFault('read_timeout', 'the database took too long to answer', { cause: error })
  if (error instanceof SchemaRefused) {
    const next = 'grant that, or give DATABASE_MIGRATION_URL: see “Roles of the database” in docs/operations.md'
    return new CommandFault('database_refused', error.message, { next, cause: error })
  }
  if (error instanceof AppendRejected) {
    return new CommandFault('usage', error.message, {
      next: 'correct what is to be stored: nothing of it was',
      cause: error,
    })
  }
  if (error instanceof StreamDeleted) return new CommandFault('history_deleted', error.message, { cause: error })
  if (error instanceof SchemaTooNew || error instanceof CorruptHistory) {
    return new CommandFault('store_unusable', error.message, { cause: error })
  }
  return new CommandFault('internal', error instanceof Error ? error.message : String(error), { cause: error })
}

/** Returns text without its line ends. */
export const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
