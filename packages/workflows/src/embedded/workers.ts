import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { TaskList, WorkerEvents, WorkerPool as QueueWorkers } from 'graphile-worker'
import { Logger, runTaskList } from 'graphile-worker'
import type { Pool, PoolClient } from 'pg'
import type { OnError } from '../supervision.ts'
import { poolWith } from '../tables.ts'
import { queueSchema } from './queue.ts'

type WorkerPoolOptions = {
  readonly pool: Pool
  readonly tasks: TaskList
  /** How many jobs run concurrently. */
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
  /** Ends when the jobs under way have ended. */
  stop(): Promise<void>
}

const pauseMs = 500

/**
 * Runs the queue's workers, and starts new ones when something has gone wrong between them and the database:
 * a worker that could not return its job ends without a successor, and a lost answer leaves a job locked
 * by a worker that does not know of it. Under new worker ids, such jobs belong to dead workers.
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

/**
 * Resolves when a worker has ended because the database failed, or when the database is back after a failed look for
 * jobs.
 */
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

type Release = (error?: Error) => void
type Connected = (error: Error | undefined, client: PoolClient | undefined, release: Release) => void

/**
 * The same pool, whose connections may be released twice: the queue does so when its listening connection breaks during
 * its release, which would end the process. A pool that has ended lends no connection, and there is nothing to release.
 */
export function poolForQueue(pool: Pool): Pool {
  const connect = (connected?: Connected): unknown =>
    connected
      ? pool.connect((error, client, release?: Release) => {
          let released = false
          connected(error, client, (broken) => {
            if (released) return
            released = true
            release?.(broken)
          })
        })
      : pool.connect()
  return poolWith(pool, { connect })
}

/** The queue's log of an engine: its failures, except failed jobs, which their handler reports itself. */
export function queueLog(onError: OnError): Logger {
  return new Logger(() => (level, message, meta) => {
    const severe = (level === 'error' || level === 'warning') && !(meta?.['failure'] === true || again.test(message))
    if (severe) {
      onError(meta?.['error'] ?? meta?.['fatalError'] ?? new Error(message), `job queue: ${message}`)
    }
  })
}

/** The messages whose error the next line reports. */
const again = /^Worker exited, but pool is in continuous mode/
