import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Pool } from 'pg'

/** A job that a worker has taken, besides the one that the queue gave it. */
export type Claim = { readonly id: string; readonly stream: string; readonly dueAt: Instant }

/** Takes jobs that are due and have never been tried, in the name of a worker: if it dies, they are freed with its own. */
export async function claimDue(pool: Pool, worker: string, howMany: number): Promise<readonly Claim[]> {
  const { rows } = await pool.query<{ id: string; stream: string; due_at: Date }>({
    name: 'guichet_workflows.claim_due',
    text: 'select id, stream, due_at from guichet_workflows.claim_due($1, $2)',
    values: [worker, howMany],
  })
  return rows.map(({ id, stream, due_at: dueAt }) => ({ id, stream, dueAt: instant(dueAt) }))
}

/** Removes jobs that are done. */
export async function completeClaimed(pool: Pool, worker: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await pool.query(complete, [worker, ids])
}

/** Leaves jobs that failed to the queue, which tries each of them again by itself. */
export async function handBack(pool: Pool, worker: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await pool.query(giveBack, [worker, ids])
}

const complete = 'select guichet_workflows.complete_claimed($1, $2)'
const giveBack = 'select guichet_workflows.hand_back($1, $2)'
