import type { ExecutionResult } from 'graphql'
import { edgeError } from '../errors.ts'

/** The most seconds that a polled subscription waits for a result. */
const mostSeconds = 25

/** After a result the answer waits this long for another one, in milliseconds. */
const quietMs = 200

/**
 * For how many seconds the subscription of a request waits for a result before its answer ends (`?poll=10`); undefined
 * for one that goes on. @throws malformed_request
 */
export function pollSecondsOf(url: string): number | undefined {
  // Nearly every request to the API has no query, and need not be parsed for one.
  if (!url.includes('?')) return undefined
  const poll = new URL(url, 'http://localhost').searchParams.get('poll')
  if (poll === null) return undefined
  const seconds = Number(poll)
  if (!/^\d+$/.test(poll) || seconds < 1 || seconds > mostSeconds) {
    throw edgeError('malformed_request', `poll is a number of seconds from 1 to ${mostSeconds}`)
  }
  return seconds
}

/**
 * Ends the results of a subscription soon: when none has come within some seconds, none follows the one before, or after
 * twice the seconds. Such
 * an answer passes everything between server and client that holds an answer back until it is complete. A result that
 * comes meanwhile is one that its client asks for again, from its last position or cursor on.
 */
export function endingSoon(
  results: AsyncGenerator<ExecutionResult>,
  seconds: number | undefined,
): AsyncGenerator<ExecutionResult> {
  if (seconds === undefined) return results
  let waitMs = seconds * 1_000
  const endsAt = performance.now() + 2 * waitMs
  return {
    next: async () => {
      let timer: NodeJS.Timeout | undefined
      const next = results.next()
      const silence = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), Math.min(waitMs, endsAt - performance.now()))
      })
      try {
        const first = await Promise.race([next, silence])
        waitMs = quietMs
        if (first) return first
        next.catch(() => undefined)
        void results.return(undefined)
        return { done: true, value: undefined }
      } finally {
        clearTimeout(timer)
      }
    },
    return: (value) => results.return(value),
    throw: (error) => results.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
