import type { FollowerReports } from '@guichet/eventstore'
import { createAlarm } from '@guichet/eventstore'
import type { ProjectionError } from './failure.ts'
import { RebuildFailed, RebuildRefused } from './failure.ts'
import type { Generation } from './generation.ts'
import { fits } from './generation.ts'
import type { HistoryLength } from './lag.ts'
import type { Projection } from './projection.ts'
import type { Rebuild } from './rebuild.ts'
import { rebuildProjection } from './rebuild.ts'
import type { RebuildProgress } from './runner.ts'

type Manner = Pick<Rebuild, 'leftover' | 'whenFailed' | 'onEvents' | 'signal'>

type Options = {
  /** What each build is made with. */
  readonly means: Omit<Rebuild, 'projection' | keyof Manner>
  readonly generations: () => Promise<readonly Generation[]>
  readonly length: HistoryLength
  readonly health: FollowerReports
  readonly signal: AbortSignal
  onStopped(stopped: { readonly projection: string; readonly error: ProjectionError }): void
  /** Called after each build, when the live generation may have changed. */
  onEnd(name: string): void
}

type RebuildOptions = {
  readonly onProgress?: (progress: RebuildProgress) => void
  readonly signal?: AbortSignal
}

/** The builds of one process: at most one of a projection at a time. */
type Builds = {
  /**
   * Builds a projection for its first or a new version, unless another process does; if that process dies, this one
   * continues the build. Ends when the version is live, when an event stops it, or when the signal aborts; never rejects.
   */
  untilLive(projection: Projection): Promise<void>
  /** Builds a projection anew beside its live tables. @throws RebuildRefused when a rebuild of it is under way. */
  rebuild(projection: Projection, options: RebuildOptions): Promise<void>
  /** Resolves when all that are under way have ended. */
  ended(): Promise<void>
}

/** Builds with the leases of the holder of `means`. */
export function createBuilds(options: Options): Builds {
  const { means, generations, length, health, signal, onStopped, onEnd } = options
  const { activity, holder } = means
  const underWay = new Map<string, Promise<boolean>>()

  /** Returns false when a rebuild of the projection is under way, in this process or another. */
  async function run(projection: Projection, how: Manner): Promise<boolean> {
    if (underWay.has(projection.name)) return false
    const work = rebuildProjection({ ...means, ...how, projection })
    underWay.set(projection.name, work)
    try {
      return await work
    } finally {
      underWay.delete(projection.name)
      onEnd(projection.name)
    }
  }

  /** Whether the live generation has this version and basis. */
  async function isLive(projection: Projection): Promise<boolean> {
    return (await generations()).some(
      (each) => each.projection === projection.name && each.role === 'serving' && fits(each, projection),
    )
  }

  async function untilLive(projection: Projection): Promise<void> {
    const { name, version } = projection
    const doing = `build of projection ${name}`
    const alarm = createAlarm(signal)
    while (!signal.aborted) {
      try {
        if (await isLive(projection)) return health.succeeded(doing)
        const how = { leftover: 'continue', whenFailed: 'keep with error', signal, onEvents: () => undefined } as const
        if (await run(projection, how)) {
          health.succeeded(doing)
          return activity.log('info', `projection ${name} serves version ${version}`)
        }
      } catch (error) {
        if (signal.aborted) return
        activity.failed(doing, error)
        if (error instanceof RebuildFailed) {
          health.succeeded(doing)
          return onStopped({ projection: name, error: error.at })
        }
        health.failed(doing, error)
      }
      await alarm.pause(holder.leaseMs / 3)
    }
  }

  return {
    untilLive,
    rebuild: async (projection, { onProgress, signal: callerSignal }) => {
      const { name } = projection
      const total = onProgress ? await length.upToHead(await generations()) : 0
      const done = await run(projection, {
        leftover: 'restart',
        whenFailed: 'discard',
        signal: callerSignal ? AbortSignal.any([signal, callerSignal]) : signal,
        onEvents: (events) => onProgress?.({ projection: name, events, total: Math.max(total, events) }),
      })
      if (!done) throw new RebuildRefused('under_way', name)
    },
    ended: async () => void (await Promise.allSettled(underWay.values())),
  }
}
