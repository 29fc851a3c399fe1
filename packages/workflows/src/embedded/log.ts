import { Logger } from 'graphile-worker'
import type { OnError } from '../supervision/on-error.ts'

/** The queue's log of an engine: what goes wrong in it, except failed jobs, which their handler reports itself. */
export function queueLog(onError: OnError): Logger {
  return new Logger(() => (level, message, meta) => {
    const severe = (level === 'error' || level === 'warning') && !(meta?.['failure'] === true || again.test(message))
    if (severe) {
      onError(meta?.['error'] ?? meta?.['fatalError'] ?? new Error(message), `job queue: ${message}`)
    }
  })
}

/** What the next line tells with its error. */
const again = /^Worker exited, but pool is in continuous mode/

/** The queue's log where failures are thrown anyway. */
export const silent = new Logger(() => () => undefined)
