import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Desk, EventEnvelope, GuichetEvent, Instant, Position } from '@guichet/domain'
import {
  completeMerge,
  completeSplit,
  engineCommandId,
  instant,
  parseStream,
  relayUpdate,
  routingActor,
  settleChat,
  settleConversion,
  settleTicket,
  shiftId,
} from '@guichet/domain'
import type { FollowerReports, SchemaPart } from '@guichet/eventstore'
import { subscribe, noReports } from '@guichet/eventstore'
import type { OnError, Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import { openTables } from '../tables.ts'
import { customerReactions } from './customers.ts'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

export type ReactionStatus = {
  readonly name: string
  /** The last event that has been processed. */
  readonly position: Position | undefined
  /** The process that holds the reaction, if any. */
  readonly owner: string | undefined
  /** Why it makes no progress; it keeps retrying. */
  readonly error: { readonly message: string; readonly at: Instant } | undefined
}

export type ReactionsOptions = {
  readonly desk: Desk
  /** The database of the checkpoints. */
  readonly connectionString: string
  /** All reactions of the product by default. */
  readonly reactions?: readonly Reaction[]
  /** After how many milliseconds without a sign of life another process takes a reaction over; 15,000 by default. */
  readonly leaseMs?: number
  readonly onError?: OnError
  /** Receives successes and failures of each reaction. */
  readonly health?: FollowerReports
}

/**
 * Completes each merge after its first step, in case its sender died before the second: sends the same commands in the
 * name of the same sender, so that a repetition does nothing. Ignores an absorption that is complete or reverted. A
 * refusal that leaves it under way is a failure: the event is delivered again.
 */
export const completeMerges: Reaction = reaction({
  name: 'complete_merges',
  on: ['TicketAbsorbed'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id: target } = parseStream(stream)
    const { source } = event
    if (!(await isUnderWay(desk, source, target))) return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeMerge(desk, source, target, sender)
    if (!outcome.ok && (await isUnderWay(desk, source, target))) throw new Error(outcome.refusal.message)
  },
})

/**
 * Opens the ticket split off from a message, in case its sender died after the split: the same command in the name of
 * the same sender.
 */
export const completeSplits: Reaction = reaction({
  name: 'complete_splits',
  on: ['TicketSplit'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { state } = await desk.read('ticket', event.into)
    if (state.status !== 'absent') return
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const outcome = await completeSplit(desk, parseStream(stream).id, event, sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  },
})

/** Starts the recording of shift changes when a configuration has centres or shifts for the first time. */
export const followShifts: Reaction = reaction({
  name: 'follow_shifts',
  on: ['ConfigurationApplied'],
  react: async ({ id }, desk) => {
    await desk.refreshConfiguration()
    if (!desk.timeline.some(({ shifts }) => shifts !== undefined && shifts.crews.length > 0)) return
    const sender = { by: routingActor, commandId: engineCommandId('routing', 'shifts', id) }
    const outcome = await desk.engine.execute('shift', shiftId, { type: 'follow' }, sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  },
})

/**
 * Ensures that each incident has its urgent ticket, in case its sender died right after the declaration: sends the same
 * commands in the name of the same sender, so that a repetition does nothing.
 */
export const openIncidentTickets: Reaction = reaction({
  name: 'open_incident_tickets',
  on: ['IncidentDeclared'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id } = parseStream(stream)
    const { settled } = await settleTicket(desk, id, { by: event.by, commandId, correlationId })
    if (!settled) throw new Error(`the ticket of ${stream} can be neither opened nor given up now`)
  },
})

/**
 * Records each public update of an incident on its urgent ticket: its customer, who received the update, has been
 * informed. An update whose ticket is still to be opened waits for that, as `openIncidentTickets` does.
 */
export const relayIncidentUpdates: Reaction = reaction({
  name: 'relay_incident_updates',
  on: ['IncidentUpdatePosted'],
  react: async (envelope, desk) => {
    const { settled } = await relayUpdate(desk, envelope)
    if (!settled) throw new Error(`the ticket of ${envelope.stream} cannot record an update now`)
  },
})

/** Gives back the places and the reservation that a chat no longer takes, as soon as an offer or the chat ends. */
const settleChats: Reaction = reaction({
  name: 'settle_chats',
  on: ['ChatOfferDeclined', 'ChatOfferExpired', 'ChatOfferWithdrawn', 'ChatTransferred', 'ChatRequeued', 'ChatClosed'],
  react: async ({ event, stream }, desk) => {
    const former =
      'agent' in event ? event.agent : 'from' in event && typeof event.from === 'object' ? event.from : undefined
    await settleChat(desk, parseStream(stream).id, former ? [former.id] : [])
  },
})

/** Opens the ticket that a chat becomes, in case the sender of the conversion died right after it. */
const completeConversions: Reaction = reaction({
  name: 'complete_conversions',
  on: ['ChatConversionRequested'],
  react: async ({ stream }, desk) => {
    await settleConversion(desk, parseStream(stream).id)
  },
})

/** The automatic reactions of every desk. */
export const deskReactions: readonly Reaction[] = [
  completeMerges,
  completeSplits,
  openIncidentTickets,
  relayIncidentUpdates,
  followShifts,
  settleChats,
  completeConversions,
  ...customerReactions,
]

/** The reactions of the desk, each run by one of any number of processes at a time. */
export type Reactions = {
  start(): Promise<void>
  /** Resolves when the batches under way are processed and the leases released. */
  stop(): Promise<void>
  status(): Promise<readonly ReactionStatus[]>
}

/**
 * Reacts to the history from its beginning, each reaction at its own pace: a failing one is retried with growing
 * pauses, visibly, and delays no other. Creates the table of checkpoints first. It cannot be restarted after a stop.
 */
export async function reactions(options: ReactionsOptions): Promise<Reactions> {
  const { desk, connectionString, reactions = deskReactions, leaseMs = 15_000 } = options
  const { onError = () => undefined, health = noReports } = options
  const pool = await openTables(reactionsSchema, { connectionString, maxConnections: 2, onError })

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

/** Reactions replace senders that died, so they may come a moment later, at a fraction of the cost. */
const gatherMs = 250

/** Long-running work stores its progress on the way, so that little is repeated after a crash. */
const saveEveryMs = 1_000

type Following = {
  readonly reaction: Reaction
  readonly desk: Desk
  readonly checkpoint: Checkpoint
  readonly leaseMs: number
  readonly signal: AbortSignal
  readonly onError: OnError
  readonly health: FollowerReports
}

/** Runs a reaction along the history whenever this process holds its lease, until the signal. */
async function follow(following: Following): Promise<void> {
  const { reaction, checkpoint, leaseMs, signal, onError, health } = following
  const name = `the reaction ${reaction.name}`
  while (!signal.aborted) {
    try {
      const claimed = await checkpoint.claim()
      if (claimed) {
        await followWhileHeld(following, claimed.position)
        await checkpoint.release()
      } else health.succeeded(name)
    } catch (error) {
      onError(error, name)
      health.failed(name, error)
    }
    await delay(leaseMs / 4, undefined, { signal }).catch(() => undefined)
  }
}

async function followWhileHeld(
  { reaction, desk, checkpoint, leaseMs, signal, onError, health }: Following,
  after: Parameters<Checkpoint['save']>[0] | undefined,
): Promise<void> {
  const lost = new AbortController()
  const ending = AbortSignal.any([signal, lost.signal])
  const name = `the reaction ${reaction.name}`
  const failed = (error: unknown): void => onError(error, name)
  const renewal: Repetition = periodically(
    leaseMs / 4,
    async () => {
      if (!(await checkpoint.renew())) lost.abort()
    },
    failed,
  )
  try {
    await subscribe(desk.store, {
      after,
      gatherMs,
      signal: ending,
      onSuccess: () => health.succeeded(name),
      types: reaction.on,
      onBatch: async (events, to) => {
        const concerned = events as readonly EventEnvelope<GuichetEvent>[]
        let savedAt = performance.now()
        for (let next = 0; next < concerned.length; next += reaction.among) {
          if (ending.aborted) return
          const some = concerned.slice(next, next + reaction.among)
          await reaction.react(some, desk)
          const last = some.at(-1)
          if (last && performance.now() - savedAt >= saveEveryMs) {
            await checkpoint.save(last.position)
            savedAt = performance.now()
          }
        }
        await checkpoint.save(to)
      },
      onError: (error, failures) => {
        if (error instanceof LeaseLost) return lost.abort()
        if (failures === 1) failed(error)
        health.failed(name, error)
        checkpoint.fail(error instanceof Error ? error.message : String(error)).catch(failed)
      },
    })
  } finally {
    await renewal.stop()
  }
}

/** The checkpoint of a reaction, held by one process at a time. */
type Checkpoint = {
  /** Acquires the reaction, if no process holds it, for the length of the lease. */
  claim(): Promise<{ readonly position: Position | undefined } | undefined>
  /** Renews the lease; false when another process has acquired it. */
  renew(): Promise<boolean>
  /** Advances the checkpoint, and clears the error. @throws LeaseLost when another process holds the reaction now. */
  save(position: Position): Promise<void>
  /** Records why the reaction makes no progress. */
  fail(message: string): Promise<void>
  /** Releases the reaction. */
  release(): Promise<void>
}

/**
 * Another process holds the reaction, because this one showed no sign of life in time; or a crash of Postgres has lost
 * the lease.
 */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** The checkpoint of a reaction as one owner sees it; the lease is in milliseconds. */
export function checkpointOf(pool: Pool, name: string, owner: string, leaseMs: number): Checkpoint {
  const own = 'where name = $1 and owner = $2'
  return {
    claim: async () => {
      const { rows } = await pool.query<{ position: Position | null }>(
        `insert into guichet_workflows.reactions as mine (name, owner, leased_until)
         values ($1, $2, now() + $3 * interval '1 millisecond')
         on conflict (name) do update set owner = excluded.owner, leased_until = excluded.leased_until
           where mine.owner is null or mine.owner = excluded.owner or mine.leased_until < now()
         returning position`,
        [name, owner, leaseMs],
      )
      const [claimed] = rows
      return claimed && { position: claimed.position ?? undefined }
    },
    renew: async () => {
      const { rowCount } = await pool.query(
        `update guichet_workflows.reactions set leased_until = now() + $3 * interval '1 millisecond' ${own}`,
        [name, owner, leaseMs],
      )
      return rowCount === 1
    },
    save: async (position) => {
      const { rowCount } = await pool.query(
        `update guichet_workflows.reactions set position = $3, error = null, failed_at = null ${own}`,
        [name, owner, position],
      )
      if (rowCount !== 1) throw new LeaseLost(`the lease of the reaction ${name} is lost`)
    },
    fail: async (message) => {
      await pool.query(`update guichet_workflows.reactions set error = $3, failed_at = now() ${own}`, [
        name,
        owner,
        message,
      ])
    },
    release: async () => {
      await pool.query(`update guichet_workflows.reactions set owner = null, leased_until = null ${own}`, [name, owner])
    },
  }
}

type Row = {
  name: string
  position: Position | null
  owner: string | null
  error: string | null
  failed_at: Date | null
}

/** Every reaction in the database, for all processes. */
async function readCheckpoints(pool: Pool): Promise<readonly ReactionStatus[]> {
  const { rows } = await pool.query<Row>(
    `select name, position, case when leased_until > now() then owner end as owner, error, failed_at
     from guichet_workflows.reactions order by name`,
  )
  return rows.map(({ name, position, owner, error, failed_at: failedAt }) => ({
    name,
    position: position ?? undefined,
    owner: owner ?? undefined,
    error: error !== null && failedAt ? { message: error, at: instant(failedAt) } : undefined,
  }))
}

/** The checkpoint of each reaction, the process that holds it, until when, and why it makes no progress. */
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

/** The checkpoints of the reactions. */
export const reactionsSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'reactions',
  steps: [reactionsTables],
}

async function isUnderWay(desk: Desk, source: string, target: string): Promise<boolean> {
  const { state } = await desk.read('ticket', target)
  return state.status !== 'absent' && state.absorbing.includes(source)
}
