import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { Alarm, FollowerReports } from '@guichet/eventstore'
import { createAlarm, defaultBatchBytes, feedOf, noReports } from '@guichet/eventstore'
import { migrateProjections } from '../schema/migrate.ts'
import type { OutsideLog } from './checkpoint.ts'
import { stopOutsideLog } from './checkpoint.ts'
import type { ProjectionError, RunnerLog, WrittenBatch } from './failure.ts'
import { createActivity, RebuildRefused } from './failure.ts'
import { follow, progressOf } from './follow.ts'
import type { Generation } from './generation.ts'
import { assertDistinct, fits } from './generation.ts'
import type { LagOptions } from './lag.ts'
import { blockedOf, createHistoryLength, createLagWatch } from './lag.ts'
import type { Holder } from './lease.ts'
import { readGenerations } from './lease.ts'
import { assertFollowedStore, assertOwnPositions, createProgressTracker, ForeignHistory } from './progress.ts'
import type { Pace, Projection } from './projection.ts'
import { buildUntilLive, createBuilds } from './rebuild.ts'
import type { ProjectionRunner } from './runner.ts'
import {
  clearError,
  forgetLostStreams,
  lagOfSlowest,
  readLostStreams,
  recordLostStream,
  readStatus,
  readStopped,
} from './status.ts'
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

/** How often a process that moves no read models reads their progress, in milliseconds. */
const lookEveryMs = 1_000

/**
 * Keeps read models in step with a history. Does nothing before `start`, except for explicit calls.
 * @throws RangeError when names of projections or tables are unusable or duplicate.
 */
export function createProjectionRunner(options: ProjectionRunnerOptions): ProjectionRunner {
  const { store, pool, projections, batchSize = 500, catchUpBatchSize = 5_000, leaseMs = 10_000 } = options
  const { onStopped = () => undefined, log = () => undefined, batchBytes = defaultBatchBytes } = options
  const { health = noReports, onWritten = () => undefined, follows = true, onWaiting = () => undefined } = options
  const { followsTogether = false } = options
  assertDistinct(projections)
  const names = projections.map(({ name }) => name)
  const owner = `${options.owner ?? `${hostname()}:${process.pid}`}/${randomUUID().slice(0, 8)}`
  const builder = { owner: `${owner}/rebuild`, leaseMs }
  const activity = createActivity(log)
  const length = createHistoryLength(store)
  const ending = new AbortController()
  setMaxListeners(0, ending.signal) // every reader that waits for a position adds a listener
  const { signal } = ending
  const groups = groupsOf(projections, { owner, leaseMs }, { followsTogether, signal, gatherMs: options.gatherMs })
  const ringAll = (): void => {
    for (const { alarm } of groups) alarm.ring()
  }
  const migrated = once(() => migrateProjections(pool))
  let leaseChanges = 0
  const lost = new Set<string>()
  const onStreamLost: OnStreamLost = (stream, reason) => {
    if (lost.has(stream)) return
    lost.add(stream)
    options.onStreamLost?.(stream, reason)
    // Not in the transaction of the batch, which may be rolled back.
    recordLostStream(pool, stream, reason).catch((error: unknown) => {
      lost.delete(stream)
      activity.failed(`${stream} is not recorded as passed over`, error)
    })
  }

  /** Discards what is known of a projection: another generation may be live now, or a stopped one may have resumed. */
  const lookAgain = (name: string): void => {
    progress.set(name, { kind: 'foreign', position: undefined, events: 0 })
    poller.wake()
    leaseChanges++
    ringAll()
  }
  const generations = (): Promise<readonly Generation[]> => readGenerations(pool, names)
  const refresh = async (): Promise<void> => {
    const present = await generations()
    for (const projection of projections) {
      if (progress.get(projection.name)?.kind === 'own') continue
      progress.set(projection.name, progressOf(projection, present))
    }
    progress.changed()
  }
  const poller = createPoller({ signal, needed: () => progress.needsPolling(), refresh })
  const lag = createLagWatch({ ...options.lag, store, generations, alarm: createAlarm(signal), signal })
  const progress = createProgressTracker(names, store.comparePositions.bind(store), () => {
    if (!follows) onWaiting()
    poller.wake()
  })
  const builds = createBuilds(
    { store, pool, holder: builder, batchSize: catchUpBatchSize, batchBytes, activity, onStreamLost },
    lookAgain,
  )
  let starting: Promise<void> | undefined
  let working: Promise<unknown> | undefined

  const build = (projection: Projection): Promise<void> =>
    buildUntilLive(projection, {
      builds,
      activity,
      health,
      signal,
      onStopped,
      lookEveryMs: leaseMs / 3,
      isLive: async () =>
        (await generations()).some(
          (each) => each.projection === projection.name && each.role === 'serving' && fits(each, projection),
        ),
    })

  const buildEach = async (unbuilt: readonly Projection[]): Promise<void> => {
    for (const projection of unbuilt) await build(projection)
  }

  /** Compares the store, and each checkpoint, with what the read models have followed. */
  const compareHistory = async (): Promise<void> => {
    await assertFollowedStore(pool, store)
    const outside = await stopOutsideLog(store, pool, names)
    if (!outside) return
    for (const name of outside.projections) progress.set(name, { kind: 'idle' })
    progress.changed()
    options.onOutsideLog?.(outside)
  }
  const assertSameHistory = async (): Promise<void> => {
    await migrated()
    assertOwnPositions(await generations(), store)
    await compareHistory()
  }

  /** Refreshes the progress of read models that other processes move, even while no reader waits for them. */
  const watchOthers = async (): Promise<void> => {
    const alarm = createAlarm(signal)
    let failed = false
    while (!signal.aborted) {
      try {
        if (failed) await compareHistory()
        await refresh()
        failed = false
      } catch (error) {
        failed = true
        if (error instanceof ForeignHistory) for (const name of names) progress.set(name, { kind: 'idle' })
        progress.changed()
      }
      await alarm.pause(lookEveryMs)
    }
  }

  const begin = once(async () => {
    await assertSameHistory()
    const unbuilt = await settle({ store, pool, projections, builder })
    if (signal.aborted) return
    if (!follows) {
      working = Promise.all([watchOthers(), lag.watch()])
      return
    }
    const leave = feedOf(store).join(ringAll)
    const following = groups.map((group) =>
      follow({
        store,
        pool,
        ...group,
        batchSize,
        catchUpBatchSize,
        batchBytes,
        progress,
        activity,
        health,
        signal,
        onStopped,
        onWritten,
        onStreamLost,
        compareHistory,
        leaseChanges: () => leaseChanges,
      }),
    )
    working = Promise.all([Promise.all(following).finally(leave), buildEach(unbuilt), lag.watch()])
  })

  const statusOf = async (): ReturnType<ProjectionRunner['status']> => {
    await migrated()
    return readStatus(store, pool, length, projections)
  }

  return {
    start: () => {
      starting = begin()
      return starting
    },
    status: statusOf,
    async lostStreams() {
      await migrated()
      return readLostStreams(pool)
    },
    async now() {
      const { rows } = await pool.query<{ readonly now: Date }>('select now()')
      const [{ now } = { now: new Date(0) }] = rows
      return now
    },
    async forgetLostStreams(before) {
      await migrated()
      await forgetLostStreams(pool, before, [...lost])
    },
    async stopped() {
      await migrated()
      return readStopped(pool, projections)
    },
    async blocked() {
      await migrated()
      return blockedOf(store, await generations(), owner)
    },
    lagging: lag.lagging,
    lagUnknown: lag.unknown,
    async stop() {
      ending.abort(new Error('the projection runner has been stopped'))
      await starting?.catch(() => undefined)
      await working
      await builds.ended()
    },
    wake: () => feedOf(store).readOn(),
    checkpointMoved(name, position, events) {
      const entry = progress.get(name)
      if (entry?.kind !== 'foreign') return
      if (entry.position !== undefined && store.comparePositions(entry.position, position) >= 0) return
      progress.set(name, { kind: 'foreign', position, events: entry.events + events })
      progress.changed()
    },
    reached: async (position, timeoutMs, of = names) =>
      (await progress.until(() => progress.shows(position, of), { timeoutMs, signal })) ?? false,
    async caughtUp({ signal: callerSignal, onProgress } = {}) {
      await migrated()
      const head = await store.head()
      const ended = callerSignal ? AbortSignal.any([signal, callerSignal]) : signal
      const total = onProgress && (await length.upToHead(await generations()))
      const done = (): true | undefined => {
        if (total !== undefined) onProgress?.(Math.max(0, total - progress.leastEvents()))
        return (!progress.building() && (head === undefined || progress.followedTo(head))) || undefined
      }
      if (!(await progress.until(done, { signal: ended }))) throw ended.reason
    },
    async metrics() {
      return { ...activity.counted(), ...lagOfSlowest(await statusOf()) }
    },
    async rebuild(name, { onProgress, signal: callerSignal } = {}) {
      const projection = projections.find((each) => each.name === name)
      if (!projection) throw new RebuildRefused('unknown_projection', name)
      await assertSameHistory()
      const total = onProgress ? await length.upToHead(await generations()) : 0
      const done = await builds.run(projection, {
        leftover: 'restart',
        whenFailed: 'discard',
        signal: callerSignal ? AbortSignal.any([signal, callerSignal]) : signal,
        onEvents: (events) => onProgress?.({ projection: name, events, total: Math.max(total, events) }),
      })
      if (!done) throw new RebuildRefused('under_way', name)
    },
    async resume(name) {
      await migrated()
      await compareHistory()
      const resumed = await clearError(pool, name)
      const projection = projections.find((each) => each.name === name)
      if (projection) lookAgain(name)
      if (resumed && working && follows && projection) void build(projection)
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

/** Projections that follow the history together, on a connection of their own. */
type Group = {
  /** The name that operators see. */
  readonly name: string
  readonly projections: readonly Projection[]
  readonly holder: Holder
  readonly alarm: Alarm
  /** Milliseconds for which events are gathered after a batch. */
  readonly gatherMs: number
}

/** Short enough to go unnoticed, long enough for a busy desk's events to share statements. */
const defaultGatherMs: Readonly<Record<Pace, number>> = { prompt: 3, relaxed: 50, separate: 50 }

/** Groups projections by their pace; each group holds its own leases. */
function groupsOf(
  projections: readonly Projection[],
  { owner, leaseMs }: Holder,
  options: {
    readonly followsTogether: boolean
    readonly gatherMs: ProjectionRunnerOptions['gatherMs']
    readonly signal: AbortSignal
  },
): readonly Group[] {
  const { followsTogether, signal } = options
  const gatherMs = { ...defaultGatherMs, ...options.gatherMs }
  const paces: readonly Pace[] = ['prompt', 'separate', 'relaxed']
  const paceOf = ({ pace = 'relaxed' }: Projection): Pace => (followsTogether ? 'prompt' : pace)
  return paces.flatMap((pace) => {
    const members = projections.filter((projection) => paceOf(projection) === pace)
    if (members.length === 0) return []
    const holder = { owner: `${owner}/${pace}`, leaseMs }
    return [
      {
        name: `read models (${pace})`,
        projections: members,
        holder,
        alarm: createAlarm(signal),
        gatherMs: gatherMs[pace],
      },
    ]
  })
}

/** Polls the database while readers wait for progress that only the database knows. */
type Poller = { wake(): void }

const pause = { firstMs: 3, lastMs: 50, growth: 1.5 }

/** Polls with pauses that grow from 3 to 50 ms, as long as needed. A failed poll is ignored. */
function createPoller({
  refresh,
  needed,
  signal,
}: {
  readonly refresh: () => Promise<void>
  readonly needed: () => boolean
  readonly signal: AbortSignal
}): Poller {
  let running = false
  let delayMs = pause.firstMs

  const run = async (): Promise<void> => {
    running = true
    while (needed() && !signal.aborted) {
      await refresh().catch(() => undefined)
      if (!needed()) break
      await new Promise((resolve) => void setTimeout(resolve, delayMs))
      delayMs = Math.min(pause.lastMs, delayMs * pause.growth)
    }
    running = false
  }

  return {
    wake() {
      delayMs = pause.firstMs
      if (!running) void run()
    },
  }
}
