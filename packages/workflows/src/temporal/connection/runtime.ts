import type { LogLevel, TelemetryOptions } from '@temporalio/worker'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { OnError } from '../../supervision/on-error.ts'
import type { WorkerSettings } from '../worker/worker-settings.ts'

const listeners = new Set<OnError>()
let installed = false

/**
 * Lets the SDK's runtime, of which a process has one, say what goes wrong to everybody who listens, and leave signals to the
 * program. An application that has installed its own keeps it.
 * The first one that is told where to serve metrics has them served, for as long as the process lives.
 * @returns what ends the listening.
 */
export function listenToRuntime(
  onError: OnError,
  { metricsAddress }: Pick<WorkerSettings, 'metricsAddress'> = {},
): () => void {
  listeners.add(onError)
  install(metricsAddress)
  return () => void listeners.delete(onError)
}

function install(metricsAddress: string | undefined): void {
  if (installed) return
  installed = true
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (!isSevere(level) || elsewhere.test(message)) return
    for (const tell of listeners) tell(meta?.['error'] ?? new Error(message), `Temporal worker: ${message}`)
  })
  const logging = { forward: { level: 'WARN' as const }, filter: { core: 'WARN' as const, other: 'ERROR' as const } }
  const installWith = (telemetryOptions: TelemetryOptions): void => {
    try {
      Runtime.install({ logger, shutdownSignals: [], telemetryOptions })
    } catch (error) {
      if (!(error instanceof Error && error.name === 'IllegalStateError')) throw error
    }
  }
  if (metricsAddress === undefined) return installWith({ logging })
  try {
    installWith({ logging, metrics: { prometheus: { bindAddress: metricsAddress } } })
  } catch (error) {
    for (const tell of listeners) tell(error, `serving the metrics of Temporal's SDK at ${metricsAddress}`)
    installWith({ logging })
  }
}

/** What the rejection of the worker's run tells as well, and the watch over the server. */
const elsewhere = /^(?:Worker failed$|gRPC call \w+ retried \d+ times)/

const isSevere = (level: LogLevel): boolean => level === 'ERROR'
