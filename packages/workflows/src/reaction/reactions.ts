import type { Desk, Instant, Position } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { unheardReports } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import type { OnError } from '../supervision/on-error.ts'
import { openTables } from '../tables/open-tables.ts'
import { checkpointOf, readCheckpoints } from './checkpoint.ts'
import { completeMerges } from './complete-merges.ts'
import { completeSplits } from './complete-splits.ts'
import { follow } from './follow.ts'
import { followShifts } from './follow-shifts.ts'
import { openIncidentTickets } from './open-incident-tickets.ts'
import type { Reaction } from './reaction.ts'
import { relayIncidentUpdates } from './relay-incident-updates.ts'
import { reactionsSchema } from './schema.ts'

export type ReactionStatus = {
  readonly name: string
  /** The last event that has been dealt with. */
  readonly position: Position | undefined
  /** The process that holds the reaction, if any. */
  readonly owner: string | undefined
  /** Why it does not move on; it keeps trying. */
  readonly error: { readonly message: string; readonly at: Instant } | undefined
}

export type ReactionsOptions = {
  readonly desk: Desk
  /** The database of the checkpoints. */
  readonly connectionString: string
  /** All that the product knows by default. */
  readonly reactions?: readonly Reaction[]
  /** After how many milliseconds without a sign of life another process takes a reaction over; 15,000 by default. */
  readonly leaseMs?: number
  readonly onError?: OnError
  /** Hears how each reaction goes. */
  readonly health?: FollowerReports
}

/** What the desk does of its own accord wherever it runs. */
export const deskReactions: readonly Reaction[] = [
  completeMerges,
  completeSplits,
  openIncidentTickets,
  relayIncidentUpdates,
  followShifts,
]

/** The reactions of the desk, each followed by one of any number of processes at a time. */
export type Reactions = {
  start(): Promise<void>
  /** Resolves when the batches under way are dealt with and the leases given back. */
  stop(): Promise<void>
  status(): Promise<readonly ReactionStatus[]>
}

/**
 * Reacts to the history from its beginning, each reaction at its own pace: one that fails is tried again with growing
 * pauses, visibly, and holds up no other. Creates the table of checkpoints first. Once stopped, it is done.
 */
export async function reactions(options: ReactionsOptions): Promise<Reactions> {
  const { desk, connectionString, reactions = deskReactions, leaseMs = 15_000 } = options
  const { onError = () => undefined, health = unheardReports } = options
  const pool = await openTables(reactionsSchema, { connectionString, maxConnections: 2, onError })

  const owner = randomUUID()
  const stopping = new AbortController()
  let following: readonly Promise<void>[] = []

  return {
    start: async () => {
      following = reactions.map((reaction) =>
        follow({
          reaction,
          desk,
          checkpoint: checkpointOf(pool, reaction.name, owner, leaseMs),
          leaseMs,
          signal: stopping.signal,
          onError,
          health,
        }),
      )
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(following)
      await pool.end()
    },
    status: () => readCheckpoints(pool),
  }
}
