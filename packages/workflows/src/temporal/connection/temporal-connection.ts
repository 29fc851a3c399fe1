import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { NativeConnectionOptions } from '@temporalio/worker'
import type { PayloadCodec } from '@temporalio/common'
import type { WorkerSettings } from '../worker/worker-settings.ts'
import { workerSettings } from '../worker/worker-settings.ts'
import { checkConnection } from './check-connection.ts'
import { checkVariables } from './check-variables.ts'
import { isBusyWorkflow } from './grpc-error.ts'

/** How a Temporal server is reached, and how the workers of this process work for it. */
export type TemporalAddress = {
  /** Address, TLS and API key, as the SDK's own connections take them. */
  readonly connection: Pick<NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>
  readonly namespace: string
  readonly worker?: WorkerSettings
  /** What turns payloads into something that the server cannot read, and back: the same in every process. Search attributes stay as they are. */
  readonly payloadCodecs?: readonly PayloadCodec[]
}

/**
 * Reads the variables that every Temporal SDK reads: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS and
 * TEMPORAL_TLS_…, and the profile that TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE name.
 * @throws Error in one line that names the variable and repeats nothing secret, when one is malformed, a file cannot be read or holds
 * something else than it should.
 */
export function temporalAddress(env: NodeJS.ProcessEnv = process.env): TemporalAddress {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const variables = Object.fromEntries(given)
  checkVariables(variables)
  const worker = workerSettings(variables)
  const { connectionOptions, namespace = 'default' } = load(variables)
  const { address, tls, apiKey, metadata } = connectionOptions
  const connection = {
    ...(address !== undefined && { address }),
    ...(tls !== undefined && { tls }),
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  }
  checkConnection({ connection, namespace })
  return { connection, namespace, ...(Object.keys(worker).length > 0 && { worker }) }
}

function load(variables: Readonly<Record<string, string>>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: { ...variables } })
  } catch (cause) {
    // What follows the first line may be a piece of the file.
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)
    throw new Error(line, { cause })
  }
}

/** A client of the namespace, on a connection to the server. */
export const openClient = (connection: Connection, { namespace, payloadCodecs }: TemporalAddress): Client =>
  new Client({ connection, namespace, ...(payloadCodecs && { dataConverter: { payloadCodecs: [...payloadCodecs] } }) })

/** How soon after a lost connection the next one is tried, whatever the number of those that failed. */
const reconnectMs = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 5_000 }

/** What the SDK tries again, but for a busy workflow: the next try would pass the deadline, and look as if the server were away. */
function retriesUnlessBusy() {
  const usual = defaultGrpcRetryOptions()
  return makeGrpcRetryInterceptor({
    ...usual,
    retryableDecider: (attempt, status) => !isBusyWorkflow(status) && usual.retryableDecider(attempt, status),
  })
}

/** Connects when it is first used, and again whenever it has to. Without `retries` a call fails with the first failure. */
export function openConnection({ connection }: TemporalAddress, { retries = true } = {}): Connection {
  const interceptors = retries ? [retriesUnlessBusy()] : []
  return Connection.lazy({ ...connection, channelArgs: reconnectMs, interceptors })
}
