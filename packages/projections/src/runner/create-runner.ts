import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { createAlarm, defaultBatchBytes, feedOf, noReports } from '@guichet/eventstore'
import { migrateProjections } from '../schema/migrate.ts'
import { createBuilds } from './builds.ts'
import type { OutsideLog } from './checkpoint.ts'
import type { ProjectionError, RunnerLog, WrittenBatch } from './failure.ts'
import { createActivity, RebuildRefused } from './failure.ts'
import { follow } from './follow.ts'
import type { Generation } from './generation.ts'
import { assertDistinct } from './generation.ts'
import { createGroups } from './groups.ts'
import type { LagOptions } from './lag.ts'
import { createHistoryLength, createLagWatch } from './lag.ts'
import { readGenerations } from './lease.ts'
import { createLostStreams } from './lost-streams.ts'
import { assertOwnPositions } from './progress.ts'
import { createProgressWatch } from './progress-watch.ts'
import type { Pace, Projection } from './projection.ts'
import { createReports } from './reports.ts'
import type { ProjectionRunner } from './runner.ts'
import { clearError } from './status.ts'
import type { OnStreamLost } from './stream-history.ts'
import { settle } from './switch-over.ts'

/** What a runner of read models needs. */
export type ProjectionRunnerOptions = {
  readonly store: EventStore
  /**
   * The database of the read models; `openPool` opens a pool that survives broken connections. The runner opens more
   * connections with the pool's settings: one for each pace of its projections, and one for each rebuild.
   */
  readonly pool: Pool
  readonly projections: readonly Projection[]
  /**
   * Whether this process moves and builds read models; true by default. If false, other processes do, and readers here
   * wait for the checkpoints that those commit.
   */
  readonly follows?: boolean
  /**
   * Whether all projections follow on one connection, as those with a prompt pace do; false by default. For processes that
   * soon end: a slow projection delays the others.
   */
  readonly followsTogether?: boolean
  /** Called when a reader starts to wait for read models that other processes move. */
  onWaiting?(): void
  /** Events in one transaction while following closely; 500 by default. */
  readonly batchSize?: number
  /** Events in one transaction while catching up or rebuilding; 5,000 by default. */
  readonly catchUpBatchSize?: number
  /**
   * The approximate size of the events of one transaction in bytes, exceeded only by a single event; 4 MiB by default.
   */
  readonly batchBytes?: number
  /** The owner that operators see on this process's leases; host and process id by default. */
  readonly owner?: string
  /**
   * How long a silent process keeps its leases while its connection is open, in milliseconds; 10,000 by default. Leases
   * are renewed while a batch is written, however long that takes.
   */
  readonly leaseMs?: number
  /**
   * For how many milliseconds projections of a pace gather events after a batch, to write them together: 3 for prompt ones, 50 for the
   * others by default.
   */
  readonly gatherMs?: Partial<Readonly<Record<Pace, number>>>
  /** Called for every projection that this process stops. */
  onStopped?(stopped: { readonly projection: string; readonly error: ProjectionError }): void
  /** Called once for each stream that projections pass over, since it was deleted or has lost its first events. */
  readonly onStreamLost?: OnStreamLost
  /**
   * Called at each start, and after each lost connection, with the projections that are stopped because the log does not
   * have the event at their checkpoint.
   */
  onOutsideLog?(outside: OutsideLog): void
  /** Called for every transaction that wrote the live read models. */
  onWritten?(batch: WrittenBatch): void
  readonly log?: RunnerLog
  /** Receives successes and failures of following and building read models. */
  readonly health?: FollowerReports
  /** How the lag of the read models is watched. */
  readonly lag?: LagOptions
}

/**
 * Keeps read models in step with a history. Does nothing before `start`, except for explicit calls.
 * @throws RangeError when names of projections or tables are unusable or duplicate.
 */
export function createProjectionRunner(options: ProjectionRunnerOptions): ProjectionRunner {
  const { store, pool, projections, batchSize = 500, catchUpBatchSize = 5_000, leaseMs = 10_000 } = options
  const { onStopped = () => undefined, log = () => undefined, batchBytes = defaultBatchBytes } = options
  const { health = noReports, onWritten = () => undefined, follows = true, onWaiting = () => undefined } = options
  const { followsTogether = false, gatherMs } = options
  assertDistinct(projections)
  const names = projections.map(({ name }) => name)
  const owner = `${options.owner ?? `${hostname()}:${process.pid}`}/${randomUUID().slice(0, 8)}`
  const builder = { owner: `${owner}/rebuild`, leaseMs }
  const activity = createActivity(log)
  const length = createHistoryLength(store)
  const ending = new AbortController()
  setMaxListeners(0, ending.signal) // every reader that waits for a position adds a listener
  const { signal } = ending
  const migrated = once(() => migrateProjections(pool))
  const generations = (): Promise<readonly Generation[]> => readGenerations(pool, names)
  const groups = createGroups(projections, { owner, leaseMs }, { followsTogether, gatherMs, signal })
  const lostStreams = createLostStreams({
    pool,
    migrated,
    activity,
    onStreamLost: (stream, reason) => options.onStreamLost?.(stream, reason),
  })
  const progressWatch = createProgressWatch({
    store,
    pool,
    projections,
    generations,
    length,
    signal,
    onWaiting: () => {
      if (!follows) onWaiting()
    },
    onOutsideLog: (outside) => options.onOutsideLog?.(outside),
  })
  const { progress, compareHistory } = progressWatch
  const lookAgain = (name: string): void => {
    progressWatch.discard(name)
    groups.changeLeases()
  }
  const lag = createLagWatch({ ...options.lag, store, generations, alarm: createAlarm(signal), signal })
  const onStreamLost = lostStreams.add
  const builds = createBuilds({
    means: { store, pool, holder: builder, batchSize: catchUpBatchSize, batchBytes, activity, onStreamLost },
    generations,
    length,
    health,
    signal,
    onStopped,
    onEnd: lookAgain,
  })
  let starting: Promise<void> | undefined
  let working: Promise<unknown> | undefined

  const assertSameHistory = async (): Promise<void> => {
    await migrated()
    assertOwnPositions(await generations(), store)
    await compareHistory()
  }

  /** Moves the live read models until the signal aborts. */
  const followAll = (): Promise<unknown> => {
    const leave = feedOf(store).join(groups.ring)
    const batches = { batchSize, catchUpBatchSize, batchBytes }
    const means = { store, pool, ...batches, progress, activity, health, signal, onStreamLost, compareHistory }
    const { leaseChanges } = groups
    const following = groups.all.map((group) => follow({ ...means, ...group, leaseChanges, onStopped, onWritten }))
    return Promise.all(following).finally(leave)
  }
  const buildEach = async (unbuilt: readonly Projection[]): Promise<void> => {
    for (const projection of unbuilt) await builds.untilLive(projection)
  }

  const begin = once(async () => {
    await assertSameHistory()
    const unbuilt = await settle({ store, pool, projections, builder })
    if (signal.aborted) return
    const moving = follows ? [followAll(), buildEach(unbuilt)] : [progressWatch.watchOthers()]
    working = Promise.all([...moving, lag.watch()])
  })

  return {
    ...createReports({ store, pool, projections, owner, migrated, generations, length, activity }),
    lostStreams: lostStreams.all,
    forgetLostStreams: lostStreams.forget,
    lagging: lag.lagging,
    lagUnknown: lag.unknown,
    start: () => (starting = begin()),
    async stop() {
      ending.abort(new Error('the projection runner has been stopped'))
      await starting?.catch(() => undefined)
      await working
      await builds.ended()
    },
    wake: () => feedOf(store).readOn(),
    checkpointMoved: progressWatch.checkpointMoved,
    reached: progressWatch.reached,
    async caughtUp(limits) {
      await migrated()
      await progressWatch.caughtUp(limits)
    },
    async rebuild(name, how = {}) {
      const projection = projections.find((each) => each.name === name)
      if (!projection) throw new RebuildRefused('unknown_projection', name)
      await assertSameHistory()
      await builds.rebuild(projection, how)
    },
    async resume(name) {
      await migrated()
      await compareHistory()
      const resumed = await clearError(pool, name)
      const projection = projections.find((each) => each.name === name)
      if (projection) lookAgain(name)
      if (resumed && working && follows && projection) void builds.untilLive(projection)
      return resumed
    },
  }
}

/** Runs work once and shares its result; after a failure the next call tries again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined
      throw error
    })
    return result
  }
}
