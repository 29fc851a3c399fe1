import type { FollowerReports } from '@guichet/eventstore'
import { createAlarm } from '@guichet/eventstore'
import type { Activity } from './activity.ts'
import type { Builds } from './builds.ts'
import type { Projection } from './projection.ts'
import { RebuildFailed } from './rebuild-errors.ts'
import type { ProjectionError } from './runner.ts'

export type AutomaticBuilds = {
  readonly builds: Builds
  readonly activity: Activity
  readonly health: FollowerReports
  readonly signal: AbortSignal
  /** How long to wait before looking again at what another process is building, in milliseconds. */
  readonly lookEveryMs: number
  /** Whether the live generation has this version and basis. */
  isLive(projection: Projection): Promise<boolean>
  onStopped(stopped: { readonly projection: string; readonly error: ProjectionError }): void
}

/**
 * Builds a projection for its first or a new version, unless another process does; should that one die, this one goes
 * on with it. Ends when the version is live, when an event stops it, or at the signal; never rejects.
 */
export async function buildUntilLive(projection: Projection, automatic: AutomaticBuilds): Promise<void> {
  const { builds, activity, health, signal, lookEveryMs, isLive, onStopped } = automatic
  const { name, version } = projection
  const doing = `build of projection ${name}`
  const alarm = createAlarm(signal)
  while (!signal.aborted) {
    try {
      if (await isLive(projection)) return health.succeeded(doing)
      const how = { leftover: 'continue', whenFailed: 'keep with error', signal, onEvents: () => undefined } as const
      if (await builds.run(projection, how)) {
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
    await alarm.pause(lookEveryMs)
  }
}
