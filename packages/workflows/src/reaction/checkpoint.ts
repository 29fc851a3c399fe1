import type { Position } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Pool } from 'pg'
import type { ReactionStatus } from './reactions.ts'

/** How far a reaction has come, held by one process at a time. */
export type Checkpoint = {
  /** Takes the reaction over, if nobody holds it, for the length of the lease. */
  claim(): Promise<{ readonly position: Position | undefined } | undefined>
  /** Prolongs the lease; false when it has gone to another process. */
  renew(): Promise<boolean>
  /** Moves on, which also forgets the error. @throws LeaseLost when another process holds the reaction now. */
  save(position: Position): Promise<void>
  /** Notes why the reaction does not move on. */
  fail(message: string): Promise<void>
  /** Gives the reaction back. */
  release(): Promise<void>
}

/** Another process has taken the reaction over, because this one was not heard of in time; or a crash of Postgres has forgotten who holds it. */
export class LeaseLost extends Error {
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

/** Every reaction as the database knows it, whichever process holds it. */
export async function readCheckpoints(pool: Pool): Promise<readonly ReactionStatus[]> {
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
