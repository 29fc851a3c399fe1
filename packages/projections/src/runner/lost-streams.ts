import type { Pool } from 'pg'
import type { Activity } from './failure.ts'
import type { LostStream } from './runner.ts'
import { forgetLostStreams, readLostStreams, recordLostStream } from './status.ts'
import type { OnStreamLost } from './stream-history.ts'

type Options = {
  readonly pool: Pool
  /** Resolves once the tables of the projections are there. */
  readonly migrated: () => Promise<void>
  readonly activity: Activity
  /** Called once for each stream. */
  readonly onStreamLost: OnStreamLost
}

/** The streams that projections pass over, since they were deleted or have lost their first events. */
type LostStreams = {
  /** Records that the projections of this process pass over a stream. */
  readonly add: OnStreamLost
  /** All that are recorded, the latest first, at most a hundred. */
  all(): Promise<readonly LostStream[]>
  /** Removes the records from before an instant, except those of streams that this process has passed over. */
  forget(before: Date): Promise<void>
}

/** Keeps the records in the database. */
export function createLostStreams({ pool, migrated, activity, onStreamLost }: Options): LostStreams {
  const lost = new Set<string>()
  return {
    add: (stream, reason) => {
      if (lost.has(stream)) return
      lost.add(stream)
      onStreamLost(stream, reason)
      // Not in the transaction of the batch, which may be rolled back.
      recordLostStream(pool, stream, reason).catch((error: unknown) => {
        lost.delete(stream)
        activity.failed(`${stream} is not recorded as passed over`, error)
      })
    },
    all: async () => {
      await migrated()
      return readLostStreams(pool)
    },
    forget: async (before) => {
      await migrated()
      await forgetLostStreams(pool, before, [...lost])
    },
  }
}
