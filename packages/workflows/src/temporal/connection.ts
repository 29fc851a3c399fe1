import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
  ServiceError,
} from '@temporalio/client'
import type { PayloadCodec } from '@temporalio/common'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { NativeConnectionOptions } from '@temporalio/worker'
import { z } from 'zod'
import type { WorkerSettings } from './worker-settings.ts'
import { workerSettings } from './worker-settings.ts'

/** The address of a Temporal server, and the settings of this process's workers for it. */
export type TemporalAddress = {
  /** Address, TLS and API key, as the SDK's own connections accept them. */
  readonly connection: Pick<NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>
  readonly namespace: string
  readonly worker?: WorkerSettings
  /**
   * Encodes payloads so that the server cannot read them, and decodes them: the same in every process. Not for search
   * attributes.
   */
  readonly payloadCodecs?: readonly PayloadCodec[]
}

/**
 * Reads the variables that every Temporal SDK reads: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 * TEMPORAL_TLS and TEMPORAL_TLS_…, and the profile that TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE name.
 * @throws Error in one line that names the variable and repeats nothing secret, when one is malformed, a file cannot be
 * read or its contents are wrong.
 */
export function temporalAddress(env: NodeJS.ProcessEnv = process.env): TemporalAddress {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const variables = Object.fromEntries(entries)
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
    // The text after the first line may be a piece of the file.
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)
    throw new Error(line, { cause })
  }
}

/** A client of the namespace, on a connection to the server. */
export const openClient = (connection: Connection, { namespace, payloadCodecs }: TemporalAddress): Client =>
  new Client({ connection, namespace, ...(payloadCodecs && { dataConverter: { payloadCodecs: [...payloadCodecs] } }) })

/** The pause before each reconnection, whatever the number of failed ones. */
const reconnectMs = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 5_000 }

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>
type Call = ReturnType<Interceptor>

/** A call on a closed connection. 1 is CANCELLED, which is not tried again. */
const closedCall = (): Call =>
  ({
    start: (metadata, listener) => {
      listener?.onReceiveStatus?.({ code: 1, details: 'The connection was closed.', metadata })
    },
    sendMessage: () => undefined,
    halfClose: () => undefined,
  }) as Partial<Call> as Call

/**
 * The SDK's own retries, except for a busy workflow: the next try would pass the deadline, and look as if the server
 * were away. A connection may be closed between two tries: the SDK would throw from a timer, which ends the process.
 */
function retriesUnlessBusy(): Interceptor {
  const usual = defaultGrpcRetryOptions()
  const retrying = makeGrpcRetryInterceptor({
    ...usual,
    retryableDecider: (attempt, status) => !isBusyWorkflow(status) && usual.retryableDecider(attempt, status),
  })
  return (options, nextCall) => {
    let tries = 0
    return retrying(options, (each) => {
      tries++
      try {
        return nextCall(each)
      } catch (error) {
        if (tries === 1) throw error
        return closedCall()
      }
    })
  }
}

/** Connects at its first use, and again whenever necessary. Without `retries` a call fails with the first failure. */
export function openConnection({ connection }: TemporalAddress, { retries = true } = {}): Connection {
  const interceptors = retries ? [retriesUnlessBusy()] : []
  return Connection.lazy({ ...connection, channelArgs: reconnectMs, interceptors })
}

/** The characters that a header may contain. */
const printable = /^[\x20-\x7e]*$/

const limits = z.object({
  TEMPORAL_ADDRESS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i, 'must be of the form temporal.example:7233')
    .refine((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 1) <= 65_535, 'must have a port from 1 to 65535')
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .max(255, 'must have at most 255 characters')
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots, hyphens and underscores'),
  TEMPORAL_API_KEY: z
    .string()
    .max(16_384, 'must have at most 16,384 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable characters of ASCII without spaces')
    .optional(),
  TEMPORAL_GRPC_META: z
    .record(z.string(), z.string().regex(printable, 'must be printable characters of ASCII'))
    .optional(),
})

/**
 * Checks the result of the variables, the files they name and the profile.
 * @throws Error that names the variable and repeats nothing secret.
 */
function checkConnection({ connection, namespace }: TemporalAddress): void {
  const { address, apiKey, metadata, tls } = connection
  const parsed = limits.safeParse({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_GRPC_META: metadata,
  })
  const [issue] = parsed.error?.issues ?? []
  if (issue) throw new Error(`${issue.path.map(String).join('_')} ${issue.message}`)
  if (typeof tls !== 'object' || tls === null) return
  const { serverRootCACertificate: authority, clientCertPair: certPair } = tls
  if (authority) holds('TEMPORAL_TLS_SERVER_CA_CERT', 'certificate', () => new X509Certificate(authority))
  if (!certPair) return
  const { crt, key } = certPair
  const cert = holds('TEMPORAL_TLS_CLIENT_CERT', 'certificate', () => new X509Certificate(crt))
  const privateKey = holds('TEMPORAL_TLS_CLIENT_KEY', 'private key', () => createPrivateKey(Buffer.from(key)))
  if (!cert.checkPrivateKey(privateKey))
    throw new Error('TEMPORAL_TLS_CLIENT_KEY is not the key of TEMPORAL_TLS_CLIENT_CERT')
}

function holds<T>(variable: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw new Error(`${variable} holds no ${what} in PEM`)
  }
}

const truth = z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
const path = z.string().max(4_096, 'must have at most 4,096 characters')

/** Values that the SDK silently misinterprets or ignores. */
const variables = z.object({
  TEMPORAL_TLS: truth.optional(),
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: z
    .enum(['false', '0'], { error: 'cannot be set: set TEMPORAL_TLS_SERVER_CA_CERT_PATH instead' })
    .optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: path.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: path.optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: path.optional(),
  TEMPORAL_CONFIG_FILE: path.refine((file) => existsSync(file), 'names a file that is not there').optional(),
})

const pairs = [
  ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY'],
  ['TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_CLIENT_CERT'],
] as const

/** @throws Error that names one of Temporal's variables that is malformed, or requires another one that is missing. */
function checkVariables(env: Readonly<Record<string, string>>): void {
  const parsed = variables.safeParse(env)
  const [issue] = parsed.error?.issues ?? []
  if (issue) throw new Error(`${String(issue.path[0])} ${issue.message}`)
  const has = (name: string): boolean => `${name}_PATH` in env || `${name}_DATA` in env
  for (const [one, other] of pairs) {
    if (has(one) && !has(other)) throw new Error(`${one}_PATH needs ${other}_PATH beside it`)
  }
}

/**
 * The failure of the server, or of the way to it: the SDK wraps some of these; undefined for any other error, such as
 * one that wraps a failure of another gRPC server.
 */
export function grpcErrorIn(error: unknown) {
  const cause = error instanceof ServiceError ? error.cause : error
  return isGrpcServiceError(cause) ? cause : undefined
}

const resourceExhausted = 8

/**
 * Whether the server had to wait too long for one workflow that other calls were using; it answers so half a second
 * before the deadline of a call. The other causes of the same status concern all calls.
 */
export const isBusyWorkflow = ({ code, details }: { readonly code: number; readonly details: string }): boolean =>
  code === resourceExhausted && /workflow is busy/i.test(details)
