import type { TaskList, WorkerEvents, WorkerPool as QueueWorkers } from 'graphile-worker'
import { runTaskList } from 'graphile-worker'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { OnError } from '../supervision/on-error.ts'
import { poolForQueue } from './pool-for-queue.ts'
import { queueLog } from './log.ts'
import { queueSchema } from './schema.ts'

export type WorkerPoolOptions = {
  readonly pool: Pool
  readonly tasks: TaskList
  /** How many jobs are carried out at once. */
  readonly concurrency: number
  /** Milliseconds between two looks of an idle worker. */
  readonly pollMs: number
  readonly onError: OnError
}

export type WorkerPool = {
  /** The ids under which the workers lock jobs. */
  ids(): readonly string[]
  /** Ends the workers when their jobs under way have ended, and starts others under new ids. */
  renew(): void
  /** Ends when the jobs under way have. */
  stop(): Promise<void>
}

const pauseMs = 500

/**
 * Runs the queue's workers, and new ones in their place when something has gone wrong between them and the database:
 * a worker that could not hand back its job ends without a successor, and an answer that got lost leaves a job locked
 * by a worker that does not know of it. Under new ids, such jobs are the jobs of the dead.
 */
export function startWorkers(options: WorkerPoolOptions): WorkerPool {
  const stopping = new AbortController()
  let ids: string[] = []
  let renew = (): void => undefined

  const serve = async (): Promise<void> => {
    const events: WorkerEvents = new EventEmitter()
    const started: string[] = []
    events.on('worker:create', ({ worker }) => void started.push(worker.workerId))
    const broken = whenBroken(events)
    const renewed = new Promise<void>((resolve) => (renew = resolve))
    const workers = launch(options, events)
    const ended = Promise.resolve(workers.promise).catch(() => undefined)
    ids = started
    await Promise.race([broken, renewed, ended, aborted(stopping.signal)])
    await workers.gracefulShutdown().catch(() => undefined)
    await ended
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await serve().catch((error: unknown) => options.onError(error, 'starting the workers of the clock'))
      if (!stopping.signal.aborted) await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = loop()

  return {
    ids: () => ids,
    renew: () => renew(),
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}

function launch({ pool, tasks, concurrency, pollMs, onError }: WorkerPoolOptions, events: WorkerEvents): QueueWorkers {
  const queue = { schema: queueSchema, concurrency, pollInterval: pollMs, noHandleSignals: true, events }
  return runTaskList({ ...queue, logger: queueLog(onError) }, tasks, poolForQueue(pool))
}

/** Resolves when a worker has ended for want of the database, or when the database is back after a failed look for jobs. */
function whenBroken(events: WorkerEvents): Promise<void> {
  return new Promise((resolve) => {
    let suspect = false
    const back = (): void => {
      if (suspect) resolve()
    }
    events.on('worker:getJob:error', () => void (suspect = true))
    events.on('worker:getJob:empty', back)
    events.on('job:start', back)
    events.on('worker:fatalError', () => resolve())
  })
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
