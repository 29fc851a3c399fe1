import type { Connection } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from '../../supervision/on-error.ts'
import { registerSearchAttributes } from './register-attributes.ts'

/** Whether the server knows the search attributes of the clocks. */
export type Labels = { known(): boolean; stop(): Promise<void> }

const retryMs = 30_000

/** Registers the search attributes, and asks again until they are there: somebody may have to add them by hand. */
export function keepLabels(connection: Connection, namespace: string, onError: OnError): Labels {
  const stopping = new AbortController()
  let known = false
  const loop = async (): Promise<void> => {
    let reported = ''
    while (!known && !stopping.signal.aborted) {
      try {
        await connection.withDeadline(Date.now() + 10_000, () => registerSearchAttributes(connection, namespace))
        known = true
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (message !== reported) onError(error, 'registering the search attributes of the clocks')
        reported = message
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  const ended = loop()
  return {
    known: () => known,
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}
