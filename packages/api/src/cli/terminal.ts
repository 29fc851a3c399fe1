import cliProgress from 'cli-progress'
import { safeText } from '../terminal-text/safe-text.ts'

/** Where the command line writes: results to `out`, everything else to `err`. */
export type Terminal = {
  out(line: string): void
  err(line: string): void
  /** Shows how far long work has come, if anybody is watching. */
  progress(title: string, total: number): Progress
}

export type Progress = { update(done: number, total?: number): void; stop(): void }

/** The terminal of this process. Bars are drawn on standard error, and only when that is a terminal. */
export function processTerminal(): Terminal {
  keepGoingWithoutReader(process.stdout)
  keepGoingWithoutReader(process.stderr)
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    progress: (title, total) =>
      process.stderr.isTTY ? bar(title, total) : { update: () => undefined, stop: () => undefined },
  }
}

/** A terminal that is never sent anything unsafe, whatever data is printed. */
export const safeTerminal = (terminal: Terminal): Terminal => ({
  out: (line) => terminal.out(safeText(line)),
  err: (line) => terminal.err(safeText(line)),
  progress: (title, total) => terminal.progress(safeText(title), total),
})

/** A reader such as `head` may leave before the end: what the command does is done all the same. */
export function keepGoingWithoutReader<S extends NodeJS.EventEmitter>(output: S): S {
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
