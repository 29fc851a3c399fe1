import type { LogLevel } from '@temporalio/worker'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { OnError } from '../../supervision/on-error.ts'

const listeners = new Set<OnError>()
let installed = false

/**
 * Lets the SDK's runtime, of which a process has one, say what goes wrong to everybody who listens, and leave signals to the
 * program. An application that has installed its own keeps it.
 * @returns what ends the listening.
 */
export function listenToRuntime(onError: OnError): () => void {
  listeners.add(onError)
  install()
  return () => void listeners.delete(onError)
}

function install(): void {
  if (installed) return
  installed = true
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (!isSevere(level) || elsewhere.test(message)) return
    for (const tell of listeners) tell(meta?.['error'] ?? new Error(message), `Temporal worker: ${message}`)
  })
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: { logging: { forward: { level: 'WARN' }, filter: { core: 'WARN', other: 'ERROR' } } },
    })
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalStateError')) throw error
  }
}

/** What the rejection of the worker's run tells as well, and the watch over the server. */
const elsewhere = /^(?:Worker failed$|gRPC call \w+ retried \d+ times)/

const isSevere = (level: LogLevel): boolean => level === 'ERROR'
