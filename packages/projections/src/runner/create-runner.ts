import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { Alarm, FollowerReports } from '@guichet/eventstore'
import { createAlarm, defaultBatchBytes, feedOf, noReports } from '@guichet/eventstore'
import { migrateProjections } from '../schema/migrate.ts'
import type { ProjectionError, RunnerLog, WrittenBatch } from './failure.ts'
import { createActivity, RebuildRefused } from './failure.ts'
import { follow, progressOf } from './follow.ts'
import type { Generation } from './generation.ts'
import { assertDistinct, fits } from './generation.ts'
import type { LagOptions } from './lag.ts'
import { createHistoryLength, createLagWatch } from './lag.ts'
import type { Holder } from './lease.ts'
import { readGenerations } from './lease.ts'
import { assertFollowedStore, assertOwnPositions, createProgressTracker, ForeignHistory } from './progress.ts'
import type { Pace, Projection } from './projection.ts'
import { buildUntilLive, createBuilds } from './rebuild.ts'
import type { ProjectionRunner } from './runner.ts'
import { clearError, lagOfSlowest, readStatus, readStopped } from './status.ts'
import { settle } from './switch-over.ts'

export type ProjectionRunnerOptions = {
  readonly store: EventStore
  /**
   * The database of the read models; `openPool` opens a pool that survives broken connections. The runner opens one more
   * connection with its settings, and one for each rebuild.
   */
  readonly pool: Pool
  readonly projections: readonly Projection[]
  /**
   * Whether this process moves and builds read models; true by default. Without it others do, and readers here wait for
   * what those have committed.
   */
  readonly follows?: boolean
  /** Hears that somebody waits for read models which other processes move. */
  onWaiting?(): void
  /** Events in one transaction while following closely; 500 by default. */
  readonly batchSize?: number
  /** Events in one transaction while catching up or rebuilding; 5,000 by default. */
  readonly catchUpBatchSize?: number
  /** About how many bytes the events of one transaction have together, unless it is a single one; 4 MiB by default. */
  readonly batchBytes?: number
  /** What the leases of this process are called, for operators; host and process id by default. */
  readonly owner?: string
  /**
   * How long a silent process keeps its leases while its connection stands, in milliseconds; 10,000 by default. They are
   * renewed while a batch is written, however long that takes.
   */
  readonly leaseMs?: number
  /** Hears of every projection that this process stops. */
  onStopped?(stopped: { readonly projection: string; readonly error: ProjectionError }): void
  /** Hears of every transaction in which the live read models were written. */
  onWritten?(batch: WrittenBatch): void
  readonly log?: RunnerLog
  /** Hears how the following and the building of read models go. */
  readonly health?: FollowerReports
  /** How it is looked how far the read models are behind. */
  readonly lag?: LagOptions
}

/** How often a process that moves no read models looks how those stand, in milliseconds. */
const lookEveryMs = 1_000

/**
 * Keeps read models in step with a history. It does nothing before `start`, except what it is asked for.
 * @throws RangeError when names of projections or tables are unusable or there twice.
 */
export function createProjectionRunner(options: ProjectionRunnerOptions): ProjectionRunner {
  const { store, pool, projections, batchSize = 500, catchUpBatchSize = 5_000, leaseMs = 10_000 } = options
  const { onStopped = () => undefined, log = () => undefined, batchBytes = defaultBatchBytes } = options
  const { health = noReports, onWritten = () => undefined, follows = true, onWaiting = () => undefined } = options
  assertDistinct(projections)
  const names = projections.map(({ name }) => name)
  const owner = `${options.owner ?? `${hostname()}:${process.pid}`}/${randomUUID().slice(0, 8)}`
  const builder = { owner: `${owner}/rebuild`, leaseMs }
  const activity = createActivity(log)
  const length = createHistoryLength(store)
  const ending = new AbortController()
  setMaxListeners(0, ending.signal) // everybody who waits for a position listens
  const { signal } = ending
  const groups = groupsOf(projections, { owner, leaseMs }, signal)
  const ringAll = (): void => {
    for (const { alarm } of groups) alarm.ring()
  }
  const migrated = once(() => migrateProjections(pool))
  let leaseChanges = 0

  /** Another generation may serve now, or one that had stopped: what was known of the projection is out of date. */
  const lookAgain = (name: string): void => {
    standings.set(name, { kind: 'foreign', position: undefined, events: 0 })
    poller.wake()
    leaseChanges++
    ringAll()
  }
  const generations = (): Promise<readonly Generation[]> => readGenerations(pool, names)
  const ask = async (): Promise<void> => {
    const present = await generations()
    for (const projection of projections) {
      if (standings.get(projection.name)?.kind === 'own') continue
      standings.set(projection.name, progressOf(projection, present))
    }
    standings.changed()
  }
  const poller = createPoller({ signal, needed: () => standings.needAsking(), ask })
  const lag = createLagWatch({ ...options.lag, store, generations, alarm: createAlarm(signal), signal })
  const standings = createProgressTracker(names, store.comparePositions.bind(store), () => {
    if (!follows) onWaiting()
    poller.wake()
  })
  const builds = createBuilds(
    { store, pool, holder: builder, batchSize: catchUpBatchSize, batchBytes, activity },
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

  const assertSameHistory = async (): Promise<void> => {
    await migrated()
    assertOwnPositions(await generations(), store)
    await assertFollowedStore(pool, store)
  }

  /** Keeps what this process knows of read models that others move up to date, also while nobody waits for them. */
  const watchOthers = async (): Promise<void> => {
    const alarm = createAlarm(signal)
    let failed = false
    while (!signal.aborted) {
      try {
        if (failed) await assertFollowedStore(pool, store)
        await ask()
        failed = false
      } catch (error) {
        failed = true
        if (error instanceof ForeignHistory) for (const name of names) standings.set(name, { kind: 'idle' })
        standings.changed()
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
        standings,
        activity,
        health,
        signal,
        onStopped,
        onWritten,
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
    async stopped() {
      await migrated()
      return readStopped(pool, projections)
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
      const known = standings.get(name)
      if (known?.kind !== 'foreign') return
      if (known.position !== undefined && store.comparePositions(known.position, position) >= 0) return
      standings.set(name, { kind: 'foreign', position, events: known.events + events })
      standings.changed()
    },
    reached: async (position, timeoutMs, of = names) =>
      (await standings.until(() => standings.shows(position, of), { timeoutMs, signal })) ?? false,
    async caughtUp({ signal: given, onProgress } = {}) {
      await migrated()
      const head = await store.head()
      const ended = given ? AbortSignal.any([signal, given]) : signal
      const total = onProgress && (await length.upToHead(await generations()))
      const done = (): true | undefined => {
        if (total !== undefined) onProgress?.(Math.max(0, total - standings.leastEvents()))
        return (!standings.building() && (head === undefined || standings.followedTo(head))) || undefined
      }
      if (!(await standings.until(done, { signal: ended }))) throw ended.reason
    },
    async metrics() {
      return { ...activity.counted(), ...lagOfSlowest(await statusOf()) }
    },
    async rebuild(name, { onProgress, signal: given } = {}) {
      const projection = projections.find((each) => each.name === name)
      if (!projection) throw new RebuildRefused('unknown_projection', name)
      await assertSameHistory()
      const total = onProgress ? await length.upToHead(await generations()) : 0
      const done = await builds.run(projection, {
        leftover: 'restart',
        whenFailed: 'discard',
        signal: given ? AbortSignal.any([signal, given]) : signal,
        onEvents: (events) => onProgress?.({ projection: name, events, total: Math.max(total, events) }),
      })
      if (!done) throw new RebuildRefused('under_way', name)
    },
    async resume(name) {
      await migrated()
      const resumed = await clearError(pool, name)
      const projection = projections.find((each) => each.name === name)
      if (projection) lookAgain(name)
      if (resumed && working && follows && projection) void build(projection)
      return resumed
    },
  }
}

/** Does something at most once at a time; after a failure it may be tried again. */
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
  /** What operators read of it. */
  readonly name: string
  readonly projections: readonly Projection[]
  readonly holder: Holder
  readonly alarm: Alarm
  /** Milliseconds for which events are gathered after a batch. */
  readonly gatherMs: number
}

/** Short enough that nobody minds, long enough that a busy desk's events share their statements. */
const gatherMs: Readonly<Record<Pace, number>> = { prompt: 3, relaxed: 50, apart: 50 }

/** Divides projections by their pace; the groups hold leases of their own. */
function groupsOf(
  projections: readonly Projection[],
  { owner, leaseMs }: Holder,
  signal: AbortSignal,
): readonly Group[] {
  const paces: readonly Pace[] = ['prompt', 'apart', 'relaxed']
  return paces.flatMap((pace) => {
    const own = projections.filter((projection) => (projection.pace ?? 'relaxed') === pace)
    if (own.length === 0) return []
    const holder = { owner: `${owner}/${pace}`, leaseMs }
    return [
      { name: `read models (${pace})`, projections: own, holder, alarm: createAlarm(signal), gatherMs: gatherMs[pace] },
    ]
  })
}

/** Asks again and again while somebody waits for what only the database can tell. */
type Poller = { wake(): void }

const pause = { firstMs: 3, lastMs: 50, growth: 1.5 }

/** Polls with growing pauses, from 3 to 50 ms, as long as it is needed; failures to ask only cost a pause. */
function createPoller({
  ask,
  needed,
  signal,
}: {
  readonly ask: () => Promise<void>
  readonly needed: () => boolean
  readonly signal: AbortSignal
}): Poller {
  let running = false
  let delayMs = pause.firstMs

  const run = async (): Promise<void> => {
    running = true
    while (needed() && !signal.aborted) {
      await ask().catch(() => undefined)
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
