import type { Desk } from '@guichet/domain'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine } from '../clock/clock.ts'
import { beat, freeJobsOfTheDead, leave } from './dead-workers.ts'
import type { OnError } from '../supervision/on-error.ts'
import { lookAtStreams } from './look-at-streams.ts'
import type { Repetition } from '../supervision/periodically.ts'
import { periodically } from '../supervision/periodically.ts'
import { openTables } from '../tables/open-tables.ts'
import { reconcile } from './reconcile.ts'
import { dropSuperseded, keepRetrying } from './retries.ts'
import { clockSchema } from './schema.ts'
import { readStatus } from './status.ts'
import { deadlineSink } from './wake.ts'
import type { WorkerPool } from './worker-pool.ts'
import { startWorkers } from './worker-pool.ts'

export type EmbeddedClockOptions = {
  readonly desk: Desk
  /** The database of the read models. */
  readonly connectionString: string
  /** How many workers deal with streams; 4 by default. */
  readonly concurrency?: number
  /** How many streams each of them deals with at once; 32 by default. */
  readonly atOnce?: number
  /** How often each idle worker looks for due jobs, in milliseconds; 100 by default. */
  readonly pollMs?: number
  /** After how many milliseconds without a sign of life a process's jobs go to another one; 20,000 by default. */
  readonly leaseMs?: number
  /** The longest pause between two tries of a failing stream, in milliseconds; five minutes by default. */
  readonly longestPauseMs?: number
  /** How often jobs are compared with the deadlines that stand, in milliseconds; three minutes by default. */
  readonly reconcileMs?: number
  readonly onError?: OnError
}

export type EmbeddedClock = ClockEngine & {
  /** Where the projection of deadlines reports; it works as soon as there is this object, started or not. */
  readonly deadlineSink: DeadlineSink
}

/**
 * The clock on a job queue in Postgres. Any number of processes may run one on the same database. Creates or updates
 * its schemas `guichet_jobs` and `guichet_workflows` first. An engine that was stopped is done: open another one.
 *
 * Its connections do not wait for the disk: what a crash of Postgres makes the queue forget of its last moments is done
 * again without a second effect, and what was queued is forgotten only together with the rows it was queued for.
 */
export async function embeddedClock(options: EmbeddedClockOptions): Promise<EmbeddedClock> {
  const {
    desk,
    connectionString,
    concurrency = 4,
    atOnce = 32,
    pollMs = 100,
    leaseMs = 20_000,
    longestPauseMs = 300_000,
  } = options
  const { reconcileMs = 180_000, onError = () => undefined } = options
  const pool = await openTables(clockSchema, { connectionString, maxConnections: concurrency + 4, onError })

  let workers: WorkerPool | undefined
  let chores: readonly Repetition[] = []
  const failed = (context: string) => (error: unknown) => onError(error, context)

  return {
    deadlineSink,

    start: async () => {
      const running = startWorkers({
        pool,
        tasks: {
          fire_due_deadlines: lookAtStreams({ desk, pool, atOnce, lostTrack: () => running.renew(), onError }),
        },
        concurrency,
        pollMs,
        onError,
      })
      workers = running
      const tidyUp = async (): Promise<void> => {
        await freeJobsOfTheDead(pool, leaseMs)
        await keepRetrying(pool, longestPauseMs)
        await dropSuperseded(pool)
      }
      chores = [
        periodically(leaseMs / 4, () => beat(pool, running.ids()), failed('the heartbeat of the clock')),
        periodically(leaseMs / 2, tidyUp, failed('tidying up the jobs of the clock')),
        periodically(reconcileMs, () => reconcile(pool), failed('comparing jobs with deadlines')),
      ]
    },

    stop: async () => {
      await workers?.stop()
      await Promise.all(chores.map((chore) => chore.stop()))
      if (workers) await leave(pool, workers.ids()).catch(failed('signing off the workers of the clock'))
      await pool.end()
    },

    status: () => readStatus(pool),
  }
}
