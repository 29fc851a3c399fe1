import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Position } from '@guichet/domain'
import type { LastEvent } from '@guichet/eventstore'
import type { Repetition } from '../supervision.ts'
import { periodically } from '../supervision.ts'

/** The names of what one process does at a time and is no reaction: the leases are rows among those of the reactions. */
export const leaseNames = [
  'routing',
  'routing chats',
  'clean_files',
  'clean_activities',
  'watch_health',
  'watch_trouble',
  'learn_patterns',
  'suggest_phrases',
  'settle_sessions',
  'embed_articles',
] as const

/** The name of a lease that no reaction has. */
export type LeaseName = (typeof leaseNames)[number]

/** The checkpoint of a reaction, held by one process at a time. */
export type Checkpoint = {
  /** Acquires the reaction, if no process holds it, for the length of the lease. */
  claim(): Promise<{ readonly position: Position | undefined; readonly last: LastEvent | undefined } | undefined>
  /** Renews the lease; false when another process has acquired it. */
  renew(): Promise<boolean>
  /**
   * Advances the checkpoint, with the event there, and clears the error.
   * @throws LeaseLost when another process holds the reaction now.
   */
  save(position: Position, last?: LastEvent): Promise<void>
  /** Records why the reaction makes no progress. */
  fail(message: string): Promise<void>
  /** Releases the reaction. */
  release(): Promise<void>
}

/**
 * Another process holds the reaction, because this one showed no sign of life in time; or a crash of Postgres has lost
 * the lease.
 */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** The lease of what is no reaction as a new owner sees it, in milliseconds. */
export const leaseOf = (pool: Pool, name: LeaseName, leaseMs: number): Checkpoint =>
  checkpointOf(pool, name, randomUUID(), leaseMs)

type PeriodicWork = {
  /** After how many milliseconds it is done again. */
  readonly everyMs: number
  readonly work: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Runs work periodically in one process of all: the one that ran it last goes on, and another one takes over when that
 * was more than `everyMs` ago. A process that stops keeps its lease until then.
 */
export function periodicallyInOneProcess(
  pool: Pool,
  name: LeaseName,
  { everyMs, work, onError }: PeriodicWork,
): Repetition {
  const turn = leaseOf(pool, name, everyMs)
  return periodically(
    everyMs,
    async () => {
      if (await turn.claim()) await work()
    },
    onError,
  )
}

/** The checkpoint of a reaction as one owner sees it; the lease is in milliseconds. */
export function checkpointOf(pool: Pool, name: string, owner: string, leaseMs: number): Checkpoint {
  const row = 'where name = $1 and owner = $2'
  return {
    claim: async () => {
      const { rows } = await pool.query<{ position: Position | null; last_event: LastEvent | null }>(
        `insert into guichet_workflows.reactions as mine (name, owner, leased_until)
         values ($1, $2, now() + $3 * interval '1 millisecond')
         on conflict (name) do update set owner = excluded.owner, leased_until = excluded.leased_until
           where mine.owner is null or mine.owner = excluded.owner or mine.leased_until < now()
         returning position, last_event`,
        [name, owner, leaseMs],
      )
      const [claimed] = rows
      return claimed && { position: claimed.position ?? undefined, last: claimed.last_event ?? undefined }
    },
    renew: async () => {
      const { rowCount } = await pool.query(
        `update guichet_workflows.reactions set leased_until = now() + $3 * interval '1 millisecond' ${row}`,
        [name, owner, leaseMs],
      )
      return rowCount === 1
    },
    save: async (position, last) => {
      const { rowCount } = await pool.query(
        `update guichet_workflows.reactions set position = $3, last_event = $4, error = null, failed_at = null ${row}`,
        [name, owner, position, last ? JSON.stringify(last) : null],
      )
      if (rowCount !== 1) throw new LeaseLost(`the lease of the reaction ${name} is lost`)
    },
    fail: async (message) => {
      await pool.query(`update guichet_workflows.reactions set error = $3, failed_at = now() ${row}`, [
        name,
        owner,
        message,
      ])
    },
    release: async () => {
      await pool.query(`update guichet_workflows.reactions set owner = null, leased_until = null ${row}`, [name, owner])
    },
  }
}
