import type { EventStore } from '@guichet/domain'
import type { Pool } from 'pg'
import type { Activity } from './activity.ts'
import { retryWithBackOff } from '@guichet/eventstore'
import { carryOutBuild } from './build.ts'
import type { Leftover } from './build-site.ts'
import { abandonBuild, openBuild } from './build-site.ts'
import { ConnectionLost, isTransient } from './failure.ts'
import type { Generation } from './generation.ts'
import type { Holder } from './lease.ts'
import { renewBuild, whileRenewing } from './lease.ts'
import type { Projection } from './projection.ts'
import { BuildTakenOver, RebuildFailed } from './rebuild-errors.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import { stopBuild } from './stop.ts'
import { dropRetired } from './switch-over.ts'

/** What a rebuild takes. */
export type Rebuild = {
  readonly store: EventStore
  readonly pool: Pool
  readonly projection: Projection
  readonly holder: Holder
  readonly batchSize: number
  readonly batchBytes: number
  readonly activity: Activity
  readonly signal: AbortSignal
  /** What to do with a generation that was left half built. */
  readonly leftover: Leftover
  /** What to do with this one, should an event be impossible to fold. */
  readonly whenFailed: 'discard' | 'keep with error'
  onEvents(events: number): void
}

const retryMs = { first: 100, last: 5_000 }

/**
 * Builds a generation and switches readers to it. Failures of the surroundings are retried from where the checkpoint
 * stands, for ever.
 * @returns false when another runner is building one, or has taken this one over after a long pause of this process.
 * @throws RebuildFailed, and the signal's reason.
 */
export async function rebuildProjection(rebuild: Rebuild): Promise<boolean> {
  const { activity, signal, projection } = rebuild
  let { leftover } = rebuild
  const opened = (): void => {
    leftover = 'continue'
  }
  const work = async (): Promise<boolean> => {
    signal.throwIfAborted()
    return attempt({ ...rebuild, leftover }, opened)
  }
  const onFailure = (error: unknown): void => activity.failed(`rebuild of ${projection.name}`, error)
  try {
    return await retryWithBackOff(work, { backOff: retryMs, signal, isRetryable: isTransient, onFailure })
  } catch (error) {
    if (error instanceof BuildTakenOver) return false
    throw error
  }
}

async function attempt(rebuild: Rebuild, opened: () => void): Promise<boolean> {
  const { pool, projection, holder, leftover, activity } = rebuild
  const session = await openSession(pool)
  try {
    const built = await openBuild(session, projection, holder, leftover)
    if (!built) return false
    opened()
    await whileRenewing(
      () => renewBuild(pool, built, holder),
      holder,
      () => buildOrClear(rebuild, session, built),
    )
    await dropRetired(session, [projection.name]).catch((error: unknown) => {
      activity.failed(`old tables of ${projection.name} stay for now`, error)
    })
    return true
  } catch (error) {
    throw session.broken() ? new ConnectionLost(error) : error
  } finally {
    await session.close()
  }
}

/** Builds; leaves behind what is wanted when that cannot succeed. */
async function buildOrClear(rebuild: Rebuild, session: Session, built: Generation): Promise<void> {
  const { owner } = rebuild.holder
  try {
    await carryOutBuild({ ...rebuild, session, built, owner })
  } catch (error) {
    if (session.broken() || isTransient(error) || error instanceof BuildTakenOver) throw error
    if (rebuild.whenFailed === 'discard') await abandonBuild(session, built, owner)
    else if (error instanceof RebuildFailed) await stopBuild(session, built, owner, error.at)
    throw error
  }
}
