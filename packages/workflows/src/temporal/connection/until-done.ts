import type { Connection } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from '../../supervision/on-error.ts'

/** Something that is to be done once on the server. */
export type Preparation = { done(): boolean; stop(): Promise<void> }

const patienceMs = 10_000
const retryMs = { first: 1_000, longest: 30_000 }

/** Tries until it has worked: the server may be away, or somebody may have to give leave. Reports each reason once. */
export function untilDone(
  connection: Connection,
  context: string,
  work: () => Promise<void>,
  onError: OnError,
): Preparation {
  const stopping = new AbortController()
  let done = false
  const loop = async (): Promise<void> => {
    let reported = ''
    for (let tries = 0; !done && !stopping.signal.aborted; tries++) {
      try {
        await connection.withDeadline(Date.now() + patienceMs, work)
        done = true
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (message !== reported) onError(error, context)
        reported = message
        const pauseMs = Math.min(retryMs.longest, retryMs.first * 2 ** tries)
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  const ended = loop()
  return {
    done: () => done,
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}
