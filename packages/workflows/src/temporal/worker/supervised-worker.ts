import { NativeConnection, Worker } from '@temporalio/worker'
import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from '../../supervision/on-error.ts'
import type { TemporalAddress } from '../connection/temporal-connection.ts'
import { workflowCode } from './workflow-code.ts'

export type SupervisedWorkerOptions = {
  readonly address: TemporalAddress
  readonly taskQueue: string
  readonly activities: object
  /** How many activities run at once. */
  readonly concurrency: number
  /** How many workflows are kept in memory between their tasks. */
  readonly cachedClocks: number
  readonly onError: OnError
}

const longestPauseMs = 30_000

/**
 * Runs a worker, and another one whenever it has ended without being asked to: a server that does not answer, refuses or
 * lacks the namespace is asked again with growing pauses. Reported once, until the worker has run again.
 */
export function startWorker(options: SupervisedWorkerOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping

  const loop = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      try {
        await serve(options, signal, () => (failures = 0))
      } catch (error) {
        if (failures === 0) options.onError(error, 'the Temporal worker; it is started again')
        failures += 1
      }
      const pauseMs = Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 10))
      if (!signal.aborted) await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const ended = loop()
  return {
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}

async function serve(options: SupervisedWorkerOptions, signal: AbortSignal, running: () => void): Promise<void> {
  const { address, taskQueue, activities, concurrency, cachedClocks } = options
  const [connection, workflowBundle] = await Promise.all([NativeConnection.connect(address.connection), workflowCode()])
  try {
    const worker = await Worker.create({
      connection,
      namespace: address.namespace,
      taskQueue,
      activities,
      workflowBundle,
      maxConcurrentWorkflowTaskExecutions: 2 * concurrency,
      maxConcurrentActivityTaskExecutions: concurrency,
      maxConcurrentLocalActivityExecutions: concurrency,
      maxEagerActivityReservationsPerWorkflowTask: 0,
      maxCachedWorkflows: cachedClocks,
      stickyQueueScheduleToStartTimeout: '5 seconds',
      shutdownGraceTime: '10 seconds',
      shutdownForceTime: '30 seconds',
    })
    if (signal.aborted) return
    signal.addEventListener('abort', () => worker.shutdown(), { once: true })
    running()
    await worker.run()
  } finally {
    await connection.close()
  }
}
