import type { LogLevel } from '@temporalio/worker'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { OnError } from '../../supervision/on-error.ts'

let installed = false

/**
 * Lets the SDK's runtime, of which a process has one, say what goes wrong through `onError`, and leave signals to the program.
 * An application that has installed its own keeps it.
 */
export function installRuntime(onError: OnError): void {
  if (installed) return
  installed = true
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (isSevere(level) && !elsewhere.has(message))
      onError(meta?.['error'] ?? new Error(message), `Temporal worker: ${message}`)
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

/** What the rejection of the worker's run tells as well. */
const elsewhere: ReadonlySet<string> = new Set(['Worker failed'])

const isSevere = (level: LogLevel): boolean => level === 'ERROR'
