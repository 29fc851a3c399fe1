import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import { createAlarm } from '@guichet/eventstore'
import type { OutsideLog } from './checkpoint.ts'
import { stopOutsideLog } from './checkpoint.ts'
import { progressOf } from './follow.ts'
import type { Generation } from './generation.ts'
import type { HistoryLength } from './lag.ts'
import type { ProgressTracker } from './progress.ts'
import { assertFollowedStore, createProgressTracker, ForeignHistory } from './progress.ts'
import type { Projection } from './projection.ts'
import type { ProjectionRunner } from './runner.ts'

type Options = {
  readonly store: EventStore
  readonly pool: Pool
  readonly projections: readonly Projection[]
  readonly generations: () => Promise<readonly Generation[]>
  readonly length: HistoryLength
  readonly signal: AbortSignal
  /** Called when a reader starts to wait. */
  readonly onWaiting: () => void
  /** Called with the projections that are stopped because the log does not have the event at their checkpoint. */
  readonly onOutsideLog: (outside: OutsideLog) => void
}

/** The progress of all projections, kept up to date where other processes move them, and the waits of readers for it. */
type ProgressWatch = Pick<ProjectionRunner, 'checkpointMoved' | 'reached' | 'caughtUp'> & {
  readonly progress: ProgressTracker
  /** Discards what is known of a projection: another generation may be live now, or a stopped one may have resumed. */
  discard(name: string): void
  /** Compares the store, and each checkpoint, with what the read models have followed. @throws ForeignHistory */
  compareHistory(): Promise<void>
  /** Refreshes the progress of read models that other processes move, even while no reader waits for them. */
  watchOthers(): Promise<void>
}

/** How often a process that moves no read models reads their progress, in milliseconds. */
const lookEveryMs = 1_000

/** Watches until the signal aborts. */
export function createProgressWatch(options: Options): ProgressWatch {
  const { store, pool, projections, generations, length, signal, onWaiting, onOutsideLog } = options
  const names = projections.map(({ name }) => name)
  const refresh = async (): Promise<void> => {
    const present = await generations()
    for (const projection of projections) {
      if (progress.get(projection.name)?.kind === 'own') continue
      progress.set(projection.name, progressOf(projection, present))
    }
    progress.changed()
  }
  const poller = createPoller({ signal, needed: () => progress.needsPolling(), refresh })
  const progress = createProgressTracker(names, store.comparePositions.bind(store), () => {
    onWaiting()
    poller.wake()
  })

  const compareHistory = async (): Promise<void> => {
    await assertFollowedStore(pool, store)
    const outside = await stopOutsideLog(store, pool, names)
    if (!outside) return
    for (const name of outside.projections) progress.set(name, { kind: 'idle' })
    progress.changed()
    onOutsideLog(outside)
  }

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

  return {
    progress,
    discard: (name) => {
      progress.set(name, { kind: 'foreign', position: undefined, events: 0 })
      poller.wake()
    },
    compareHistory,
    watchOthers,
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
      const head = await store.head()
      const ended = callerSignal ? AbortSignal.any([signal, callerSignal]) : signal
      const total = onProgress && (await length.upToHead(await generations()))
      const done = (): true | undefined => {
        if (total !== undefined) onProgress?.(Math.max(0, total - progress.leastEvents()))
        return (!progress.building() && (head === undefined || progress.followedTo(head))) || undefined
      }
      if (!(await progress.until(done, { signal: ended }))) throw ended.reason
    },
  }
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
