import type { Connection } from '@temporalio/client'
import { isGrpcServiceError } from '@temporalio/client'
import type { LogLevel, TelemetryOptions } from '@temporalio/worker'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { FollowerReports } from '@guichet/eventstore'
import { isDatabaseAway, noReports } from '@guichet/eventstore'
import type { OnError, RepeatedWork } from '../supervision.ts'
import type { TemporalAddress } from './connection.ts'
import type { TroubleKind } from './trouble.ts'
import { describeTrouble, troubleOf } from './trouble.ts'
import type { Log, Watch } from './watch.ts'
import type { WorkerSettings } from './worker-settings.ts'
import { searchAttributes } from './workflow/clock-state.ts'

type ReportsOptions = {
  readonly address: TemporalAddress
  readonly watch: Watch
  readonly log: Log
  readonly onError: OnError
  /** Called with failures that are not the server's. */
  readonly health?: FollowerReports | undefined
}

const passing: ReadonlySet<TroubleKind> = new Set(['unreachable', 'namespace_missing', 'failing'])

/**
 * Lets work on the server wait for it, and reports failures. Failures of the server itself are left to the watch; any
 * other one is reported once, and so is the recovery. A failure that may pass by itself is reported only when it
 * persists: a broken call, or a namespace that is so new that not every part of the server knows it. The end of a
 * database outage is reported by the database's own watch.
 */
export function reportsOf(
  context: string,
  { address, watch, log, onError, health = noReports }: ReportsOptions,
): Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'> {
  let reported = false
  let databaseAway = false
  let failingSince: number | undefined
  return {
    ready: watch.untilWell,
    failed: async (error) => {
      failingSince ??= Date.now()
      if (troubleOf(error) === undefined) health.failed(context, error)
      if (isDatabaseAway(error)) {
        if (!databaseAway) onError(error, context)
        databaseAway = true
        return
      }
      if (reported || (await watch.look())) return
      const unlabelled = error instanceof SearchAttributesUnusable
      const trouble = troubleOf(unlabelled ? error.cause : error)
      if (trouble && passing.has(trouble.kind) && Date.now() - failingSince < watch.patienceMs) return
      reported = true
      if (unlabelled) log('warn', error.message)
      else if (trouble) log('warn', `${context}: ${describeTrouble(trouble, address)}. It is tried again`)
      else onError(error, context)
    },
    recovered: () => {
      health.succeeded(context)
      if (reported) log('warn', `${context}: goes well again`)
      reported = false
      databaseAway = false
      failingSince = undefined
    },
  }
}

const listeners = new Set<OnError>()
let installed = false

/**
 * Lets the SDK's runtime, of which a process has one, report failures to all listeners, and leave signals to the
 * program. An application's own runtime is left in place.
 * The first caller with an address for metrics has them served there, for as long as the process lives.
 * @returns a function that ends the listening.
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
    for (const report of listeners) report(meta?.['error'] ?? new Error(message), `Temporal worker: ${message}`)
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
    for (const report of listeners) report(error, `serving the metrics of Temporal's SDK at ${metricsAddress}`)
    installWith({ logging })
  }
}

/** Messages that the rejection of the worker's run, or the watch over the server, reports as well. */
const elsewhere = /^(?:Worker failed$|gRPC call \w+ retried \d+ times)/

const isSevere = (level: LogLevel): boolean => level === 'ERROR'

/** Work that must be done by hand, where the server does not let this program do it. */
class SearchAttributesUnusable extends Error {
  override readonly name = 'SearchAttributesUnusable'
}

/** The types of this product's search attributes, in the notation of the protocol and of Temporal's command line. */
const types = {
  KEYWORD: { code: 2, written: 'Keyword' },
  BOOL: { code: 5, written: 'Bool' },
  DATETIME: { code: 6, written: 'Datetime' },
} as const

const ours = Object.values(searchAttributes)

/**
 * Ensures that the namespace has the search attributes of the clocks; one that an earlier version has used lacks some
 * of them.
 * @throws SearchAttributesUnusable with the command to run, when they are missing and may not be added, or have other
 * types.
 */
export async function registerSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  let missing: readonly Attribute[] = ours
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    const others = ours.filter(({ name, type }) => (customAttributes[name] ?? types[type].code) !== types[type].code)
    if (others.length > 0) throw otherTypes(namespace, others)
    missing = ours.filter(({ name }) => !(name in customAttributes))
    if (missing.length === 0) return
    const added = missing.map(({ name, type }) => [name, types[type].code])
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(added) })
  } catch (cause) {
    if (!isGrpcServiceError(cause)) throw cause
    throw new SearchAttributesUnusable(
      `Temporal does not let search attributes be added to the namespace ${namespace} (${cause.details}); ` +
        `run: ${registrationCommand(namespace, missing)}. Until then clocks run without them`,
      { cause },
    )
  }
}

type Attribute = (typeof ours)[number]

function otherTypes(namespace: string, attributes: readonly Attribute[]): SearchAttributesUnusable {
  const descriptions = attributes.map(({ name, type }) => `${name} (wanted: ${types[type].written})`)
  return new SearchAttributesUnusable(
    `the namespace ${namespace} has search attributes of other types: ${descriptions.join(', ')}; ` +
      'remove them, or set TEMPORAL_NAMESPACE to a namespace of its own. Until then clocks run without them',
  )
}

/** The command by which an operator adds them: all by default, or the given ones. */
export function registrationCommand(namespace: string, missing: readonly Attribute[] = ours): string {
  const attributes = missing.map(({ name, type }) => `--name ${name} --type ${types[type].written}`)
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`
}
