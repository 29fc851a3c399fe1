import { exitCodes, Fault } from '../fault.ts'

/** What SIGINT and SIGTERM do to a command. */
export type Interruption = {
  /**
   * Runs work that has something to finish. The first signal aborts the work's, and the command ends when the work has
   * ended; the second one ends the process at once. Outside of such work the first one does.
   */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

/** Work that nobody interrupts. */
export const uninterrupted: Interruption = { during: (work) => work(new AbortController().signal) }

/** A terminal and npm each pass on the same Ctrl-C: what comes so soon after the first signal is no second one. */
const sameMs = 500

type Signalled = Pick<NodeJS.Process, 'exit'> & {
  readonly stderr: { write(text: string): unknown }
  on(signal: NodeJS.Signals, heed: () => void): unknown
}

/** Heeds the signals that a process gets from now on; it ends with exit code 130, and says so in one line. */
export function handleSignals(process: Signalled, now: () => number = () => performance.now()): Interruption {
  const reason = new Fault('interrupted', 'the work was broken off')
  const interruption = new AbortController()
  let worksUnderWay = 0
  let first: number | undefined

  const heed = (): void => {
    if (first !== undefined && now() - first < sameMs) return
    if (first !== undefined || worksUnderWay === 0) {
      process.stderr.write(`error ${reason.code}: ${reason.message} (${reason.next})\n`)
      return process.exit(exitCodes.interrupted)
    }
    first = now()
    process.stderr.write('finishing what is under way …; again to stop at once\n')
    interruption.abort(reason)
  }
  process.on('SIGINT', heed)
  process.on('SIGTERM', heed)

  return {
    during: async (work) => {
      worksUnderWay++
      try {
        return await work(interruption.signal)
      } finally {
        worksUnderWay--
      }
    },
  }
}

/** Resolves when a command is to end. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
