import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Worker as Thread } from 'node:worker_threads'
import { CompleteAsyncError } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker'
import { NativeConnection, Worker } from '@temporalio/worker'
import { isDatabaseAway } from '@guichet/eventstore'
import { DeadlinesRefused } from '../clock.ts'
import type { RepeatedWork, Repetition, Turn } from '../supervision.ts'
import { repeatWithBackOff } from '../supervision.ts'
import type { TemporalAddress } from './connection.ts'
import { asWorkerOptions } from './worker-settings.ts'
import { workflowCode } from './workflow-code.ts'

type SupervisedWorkerOptions = {
  readonly address: TemporalAddress
  readonly taskQueue: string
  readonly activities: object
  /** How many activities run at once. */
  readonly concurrency: number
  /** Whether it runs workflows too, as it does by default. */
  readonly runsWorkflows?: boolean
  /** How many workflows are cached in memory between their tasks. */
  readonly cachedClocks?: number
  /** How it waits for the server, and reports failures. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
}

const backOff = { first: 500, last: 30_000 }
const connectWithinMs = 15_000

/** How long a worker has to run before it counts as well: one that may not poll ends at once. */
const settledMs = 10_000

/** Runs a worker, and another one whenever it has ended without a stop. */
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
    // Not before it runs: a worker that has not run never releases its thread and the connection.
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

/** The native connection has no time-out of its own: it would wait for a silent server without end. */
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

const creating = new AsyncLocalStorage<Thread[]>()
const note = (thread: Thread): void => void creating.getStore()?.push(thread)

/**
 * Creates a worker. On failure, ends the threads that were created for its workflows: the SDK leaves them running, and
 * each would keep the process from ending.
 */
async function createWorker(options: WorkerOptions): Promise<Worker> {
  const threads: Thread[] = []
  process.on('worker', note)
  try {
    return await creating.run(threads, () => Worker.create(options))
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.terminate()))
    throw error
  } finally {
    process.off('worker', note)
  }
}

/** How soon the end of a database outage is noticed. */
const outageRetryMs = 5_000

/**
 * The form of a failure for Temporal: its kind, no stack, no address, and no message of an unknown error. While the
 * database is away, the work is retried every five seconds, however long that takes.
 */
export function safeFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error
  if (error instanceof ApplicationFailure) return withoutStack(error)
  if (isDatabaseAway(error)) {
    return failure('DatabaseAway', 'the database or the event store cannot be reached', outageRetryMs)
  }
  if (error instanceof DeadlinesRefused) return failure(error.name, error.message)
  return failure(error instanceof Error ? error.name : 'Error', 'it failed: the log of Guichet tells why')
}

/** Applies this form to the failures of each activity of a worker. */
const safeFailures: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: async (input, next) => {
      try {
        return await next(input)
      } catch (error) {
        throw safeFailure(error)
      }
    },
  },
})

const failure = (type: string, message: string, nextRetryDelay?: number): ApplicationFailure =>
  withoutStack(ApplicationFailure.create({ type, message, ...(nextRetryDelay !== undefined && { nextRetryDelay }) }))

function withoutStack<E extends Error>(error: E): E {
  error.stack = ''
  return error
}
