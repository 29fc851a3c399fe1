import { exitCodes } from '@guichet/desk'
import { CommandFault } from '../fault.ts'

/** Handles SIGINT and SIGTERM for a command. */
export type Interruption = {
  /**
   * Runs work that must finish. The first signal aborts the AbortSignal of the work, and the command ends when the work
   * has ended. The second signal ends the process at once. Outside of such work the first signal does.
   */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

/** Runs work without handling signals. */
export const uninterrupted: Interruption = { during: (work) => work(new AbortController().signal) }

/**
 * The terminal and npm both pass on the same Ctrl-C: a signal this soon after the first, in milliseconds, is ignored.
 */
const sameMs = 500

/** How often a process under npm looks for its parent, in milliseconds. */
const parentMs = 500

type SignalTarget = Pick<NodeJS.Process, 'exit' | 'env' | 'ppid'> & {
  readonly stderr: { write(text: string): unknown }
  on(signal: NodeJS.Signals, handle: () => void): unknown
}

/**
 * Handles the signals of a process from now on. It ends with exit code 130 and one line of explanation. npm and npx pass
 * SIGTERM to a shell between them and this process, which ends without passing it on: under npm the end of the parent
 * counts as that signal.
 */
export function handleSignals(process: SignalTarget, now: () => number = () => performance.now()): Interruption {
  const reason = new CommandFault('interrupted', 'the work was broken off')
  const interruption = new AbortController()
  let runningWorks = 0
  let first: number | undefined

  const handle = (): void => {
    if (first !== undefined && now() - first < sameMs) return
    if (first !== undefined || runningWorks === 0) {
      process.stderr.write(`error ${reason.code}: ${reason.message} (${reason.next})\n`)
      return process.exit(exitCodes.interrupted)
    }
    first = now()
    process.stderr.write('finishing open work …; press again to stop at once\n')
    interruption.abort(reason)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  if (process.env['npm_command'] !== undefined) {
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      if (first === undefined) handle()
    }, parentMs)
    watch.unref()
  }

  return {
    during: async (work) => {
      runningWorks++
      try {
        return await work(interruption.signal)
      } finally {
        runningWorks--
      }
    },
  }
}

/** Resolves when the signal aborts. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
