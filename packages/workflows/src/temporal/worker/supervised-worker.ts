import { NativeConnection } from '@temporalio/worker'
import { setTimeout as delay } from 'node:timers/promises'
import type { Repetition } from '../../supervision/periodically.ts'
import type { RepeatedWork, Turn } from '../../supervision/repeat-with-back-off.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'
import type { TemporalAddress } from '../connection/temporal-connection.ts'
import { createWorker } from './create-worker.ts'
import { safeFailures } from './safe-failures.ts'
import { asWorkerOptions } from './worker-settings.ts'
import { workflowCode } from './workflow-code.ts'

export type SupervisedWorkerOptions = {
  readonly address: TemporalAddress
  readonly taskQueue: string
  readonly activities: object
  /** How many activities run at once. */
  readonly concurrency: number
  /** Whether it runs workflows too, as it does by default. */
  readonly runsWorkflows?: boolean
  /** How many workflows are kept in memory between their tasks. */
  readonly cachedClocks?: number
  /** How it waits for the server, and tells of what fails. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
}

const backOff = { first: 500, last: 30_000 }
const connectWithinMs = 15_000
/** How long a worker has to run before all is well: one that may not poll ends at once. */
const settledMs = 10_000

/** Runs a worker, and another one whenever it has ended without being asked to. */
export function startWorker(options: SupervisedWorkerOptions): Repetition {
  return repeatWithBackOff({ work: (turn) => serve(options, turn), backOff, ...options.reports })
}

async function serve(options: SupervisedWorkerOptions, { signal, well }: Turn): Promise<number> {
  const { address, taskQueue, activities, concurrency, runsWorkflows = true, cachedClocks } = options
  const connection = await connect(address, signal)
  let settled: NodeJS.Timeout | undefined
  let shutDown = (): void => undefined
  try {
    const workflowBundle = runsWorkflows ? await workflowCode() : undefined
    const worker = await createWorker({
      connection,
      namespace: address.namespace,
      taskQueue,
      activities,
      interceptors: { activity: [safeFailures] },
      ...(workflowBundle && { workflowBundle, maxConcurrentWorkflowTaskExecutions: 2 * concurrency }),
      maxConcurrentActivityTaskExecutions: concurrency,
      maxConcurrentLocalActivityExecutions: concurrency,
      maxEagerActivityReservationsPerWorkflowTask: 0,
      ...(cachedClocks !== undefined && { maxCachedWorkflows: cachedClocks }),
      ...asWorkerOptions(address.worker ?? {}, runsWorkflows),
      ...(address.payloadCodecs && { dataConverter: { payloadCodecs: [...address.payloadCodecs] } }),
      stickyQueueScheduleToStartTimeout: '5 seconds',
      shutdownGraceTime: '10 seconds',
      shutdownForceTime: '30 seconds',
    })
    const running = worker.run()
    shutDown = () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
    }
    // Not before it runs: a worker that has not run never lets go of its thread and of the connection.
    if (signal.aborted) shutDown()
    else signal.addEventListener('abort', shutDown, { once: true })
    settled = setTimeout(well, settledMs)
    await running
    return backOff.first
  } finally {
    clearTimeout(settled)
    signal.removeEventListener('abort', shutDown)
    await connection.close()
  }
}

/** The native connection has no patience of its own: a server that is silent would be waited for without end. */
async function connect({ connection }: TemporalAddress, signal: AbortSignal): Promise<NativeConnection> {
  const connecting = NativeConnection.connect(connection)
  const late = delay(connectWithinMs, undefined, { signal, ref: false }).then(() => {
    throw new Error(`no connection within ${connectWithinMs / 1_000} seconds`)
  })
  try {
    return await Promise.race([connecting, late])
  } catch (error) {
    void connecting.then((connected) => connected.close()).catch(() => undefined)
    throw error
  }
}
