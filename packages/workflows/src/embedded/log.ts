import { Logger } from 'graphile-worker'
import type { OnError } from '../supervision/on-error.ts'

/** The queue's log of an engine: what goes wrong in it, except failed jobs, which their handler reports itself. */
export function queueLog(onError: OnError): Logger {
  return new Logger(() => (level, message, meta) => {
    if ((level === 'error' || level === 'warning') && meta?.['failure'] !== true) {
      onError(meta?.['error'] ?? new Error(message), `job queue: ${message}`)
    }
  })
}

/** The queue's log where failures are thrown anyway. */
export const silent = new Logger(() => () => undefined)
