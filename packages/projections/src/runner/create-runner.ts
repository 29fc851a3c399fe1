import { setMaxListeners } from 'node:events'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { EventStore } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { createAlarm, defaultBatchBytes, feedOf, unheardReports } from '@guichet/eventstore'
import type { Pool } from 'pg'
import { migrateProjections } from '../schema/migrate.ts'
import type { RunnerLog } from './activity.ts'
import { createActivity } from './activity.ts'
import { standingOf } from './assess.ts'
import { buildUntilLive } from './automatic-builds.ts'
import { createBuilds } from './builds.ts'
import { follow } from './follow.ts'
import { groupsOf } from './group.ts'
import { assertFollowedStore, assertOwnPositions, ForeignHistory } from './foreign-history.ts'
import type { Generation } from './generation.ts'
import { assertDistinct, fits } from './generation.ts'
import { createHistoryLength } from './history-length.ts'
import type { LagOptions } from './lag.ts'
import { createLagWatch } from './lag.ts'
import { readGenerations } from './lease.ts'
import { createPoller } from './poller.ts'
import type { Projection } from './projection.ts'
import { RebuildRefused } from './rebuild-errors.ts'
import type { ProjectionError, ProjectionRunner, WrittenBatch } from './runner.ts'
import { settle } from './settle.ts'
import { createStandings } from './standings.ts'
import { lagOfSlowest, readStatus, readStopped } from './status.ts'
import { clearError } from './stop.ts'

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
  const { health = unheardReports, onWritten = () => undefined, follows = true, onWaiting = () => undefined } = options
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
      standings.set(projection.name, standingOf(projection, present))
    }
    standings.changed()
  }
  const poller = createPoller({ signal, needed: () => standings.needAsking(), ask })
  const lag = createLagWatch({ ...options.lag, store, generations, alarm: createAlarm(signal), signal })
  const standings = createStandings(names, store.comparePositions.bind(store), () => {
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
