import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Pool } from 'pg'
import type { Desk, EventStore, Instant, Position } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports, LastEvent, SchemaPart } from '@guichet/eventstore'
import { isInLog, noReports } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import { openTables } from '../tables.ts'
import { checkpointOf, leaseNames } from './checkpoint.ts'
import { deskReactions } from './desk-reactions.ts'
import { follow } from './follow.ts'
import type { ParkedEvents } from './parked-events.ts'
import { parkedEvents, parkedEventsTable, parkedOfReaction } from './parked-events.ts'
import type { Reaction } from './reaction.ts'

/** How far a reaction is, and what it fails at. */
export type ReactionStatus = {
  readonly name: string
  /** The last event that has been processed. */
  readonly position: Position | undefined
  /** The process that holds the reaction, if any. */
  readonly owner: string | undefined
  /** Why it makes no progress; it keeps retrying. */
  readonly error: { readonly message: string; readonly at: Instant } | undefined
  /** How many events it has gone on without. */
  readonly parked: number
}

/** How the reactions of a desk are run. */
export type ReactionsOptions = PartDatabase & {
  readonly desk: Desk
  /** All reactions of the product by default. */
  readonly reactions?: readonly Reaction[]
  /** After how many milliseconds without a sign of life another process takes a reaction over; 15,000 by default. */
  readonly leaseMs?: number
  /** How often parked events that are due are looked for, in milliseconds; every 5,000 by default. */
  readonly retryEveryMs?: number
  readonly onError?: OnError
  /** Receives successes and failures of each reaction. */
  readonly health?: FollowerReports
}

/** The reactions of the desk, each run by one of any number of processes at a time. */
export type Reactions = {
  start(): Promise<void>
  /** Resolves when the batches under way are processed and the leases released. */
  stop(): Promise<void>
  status(): Promise<readonly ReactionStatus[]>
  /**
   * Has those begin anew, at the start of the history, whose last event the log does not have. What they have done
   * before has no effect again.
   * @returns their names.
   */
  restart(): Promise<readonly string[]>
  /** The events that reactions have gone on without. */
  readonly parked: ParkedEvents
}

/**
 * Reacts to the history from its beginning, each reaction at its own pace: a failing one is retried with growing
 * pauses, visibly, and delays no other. An event at which a reaction keeps failing is parked, and tried again later.
 * Creates the tables first. It cannot be restarted after a stop.
 */
export async function reactions(options: ReactionsOptions): Promise<Reactions> {
  const { desk, connectionString, reactions = deskReactions, leaseMs = 15_000, retryEveryMs = 5_000 } = options
  const { onError = () => undefined, health = noReports } = options
  const pool = await openTables(reactionsSchema, { connectionString, pool: options.pool, maxConnections: 2, onError })

  const owner = randomUUID()
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // every reaction waits with it
  let following: readonly Promise<void>[] = []

  return {
    start: async () => {
      following = reactions.map((reaction) =>
        follow({
          reaction,
          desk,
          checkpoint: checkpointOf(pool, reaction.name, owner, leaseMs),
          parked: parkedOfReaction(pool, reaction.name),
          leaseMs,
          retryEveryMs,
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
    restart: () => restartOutsideLog(pool, desk.store),
    parked: parkedEvents(pool),
  }
}

type Row = {
  name: string
  position: Position | null
  owner: string | null
  error: string | null
  failed_at: Date | null
  parked: number
}

/** Every reaction in the database, for all processes. */
async function readCheckpoints(pool: Pool): Promise<readonly ReactionStatus[]> {
  const { rows } = await pool.query<Row>(
    `select name, position, case when leased_until > now() then owner end as owner, error, failed_at,
       (select count(*)::int from guichet_workflows.parked_events p where p.reaction = name) as parked
     from guichet_workflows.reactions where name <> all($1::text[]) order by name`,
    [leaseNames],
  )
  return rows.map(({ name, position, owner, error, failed_at: failedAt, parked }) => ({
    name,
    position: position ?? undefined,
    owner: owner ?? undefined,
    error: error !== null && failedAt ? { message: error, at: instant(failedAt) } : undefined,
    parked,
  }))
}

async function restartOutsideLog(pool: Pool, store: EventStore): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string; position: Position; last_event: LastEvent | null }>(
    `select name, position, last_event from guichet_workflows.reactions
     where position is not null and name <> all($1::text[]) order by name`,
    [leaseNames],
  )
  const restarted: string[] = []
  for (const { name, position, last_event: last } of rows) {
    if (await isInLog(store, { position, last })) continue
    await pool.query(
      `update guichet_workflows.reactions set position = null, last_event = null, error = null, failed_at = null
       where name = $1 and position = $2`,
      [name, position],
    )
    restarted.push(name)
  }
  return restarted
}

/** The checkpoint or lease of each reaction and of what `leaseNames` names, the process that holds it, until when, and why it makes no progress. */
const reactionsTables = `
create table guichet_workflows.reactions (
  name text primary key,
  position text,
  owner text,
  leased_until timestamptz,
  error text,
  failed_at timestamptz
);
`

/** The event at each checkpoint, to find out whether the log still has it. */
const lastEvents = 'alter table guichet_workflows.reactions add column last_event jsonb'

/** The checkpoints of the reactions, and the events that they have gone on without. */
export const reactionsSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'reactions',
  steps: [reactionsTables, parkedEventsTable, lastEvents],
}
