import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { reasonForRow } from '../work.ts'

/** A person whose activities are to be analysed, claimed by one process for the length of its lease. */
export type DueAnalysis = {
  readonly personId: string
  readonly lease: string
  /** What was recorded of the person by then: what comes later makes the next analysis due. */
  readonly revision: string
  /** The tries since the last success, this one included. */
  readonly attempts: number
}

/** How many analyses are due, since when, and how many have failed and are tried again. */
export type AnalysesStatus = {
  readonly due: number
  readonly dueSince: Instant | undefined
  readonly failing: number
}

/** The due analyses, claimed by any number of processes. All methods reject with the errors of the database. */
export type Analyses = {
  /** Claims due analyses for the length of the lease, the longest due first. */
  claim(limit: number, leaseMs: number): Promise<readonly DueAnalysis[]>
  /** Whether an analysis is still held: no other process has claimed it, and its person is not erased. */
  isHeld(analysis: DueAnalysis): Promise<boolean>
  /**
   * Ends an analysis, unless the lease is lost. One that has become due again in the meantime stays due.
   * @param quietUntil until when the next one waits, also for what is recorded later; undefined for a second at least.
   */
  complete(analysis: DueAnalysis, quietUntil?: Instant): Promise<void>
  /** Records why an analysis failed, and when the next try is. */
  postpone(analysis: DueAnalysis, reason: string, pauseMs: number): Promise<void>
  /** Gives an analysis back that was not ended: it is due as before, and the try does not count. */
  giveBack(analysis: DueAnalysis): Promise<void>
  status(): Promise<AnalysesStatus>
}

/** The analyses of a database that has `activitySchema`. */
export function analysesIn(pool: Pool): Analyses {
  return {
    claim: async (limit, leaseMs) => {
      const lease = randomUUID()
      const { rows } = await pool.query<Omit<DueAnalysis, 'lease'>>({
        name: 'guichet_activity.claim_analyses',
        text: `
          with due as (
            select person_id as mine from guichet_activity.analysis
            where due_at <= now() and (leased_until is null or leased_until <= now())
            order by due_at limit $2 for update skip locked
          )
          update guichet_activity.analysis
          set lease = $1, leased_until = now() + $3 * interval '1 millisecond', attempts = attempts + 1
          from due where person_id = mine returning person_id as "personId", revision::text, attempts`,
        values: [lease, limit, leaseMs],
      })
      return rows.map((row) => ({ ...row, lease }))
    },

    isHeld: async ({ personId, lease }) => {
      const { rowCount } = await pool.query({
        name: 'guichet_activity.holds_analysis',
        text: 'select from guichet_activity.analysis where person_id = $1 and lease = $2',
        values: [personId, lease],
      })
      return rowCount === 1
    },

    complete: async ({ personId, lease, revision }, quietUntil) => {
      await pool.query({
        name: 'guichet_activity.complete_analysis',
        text: `
          update guichet_activity.analysis set lease = null, leased_until = null, attempts = 0, error = null,
            analysed_at = now(), quiet_until = $4::timestamptz,
            due_at = case when revision > $3::bigint then greatest(now() + interval '1 second', $4::timestamptz) end
          where person_id = $1 and lease = $2`,
        values: [personId, lease, revision, quietUntil],
      })
    },

    postpone: async ({ personId, lease }, reason, pauseMs) => {
      await pool.query({
        name: 'guichet_activity.postpone_analysis',
        text: `
          update guichet_activity.analysis
          set lease = null, leased_until = null, error = $3, due_at = now() + $4 * interval '1 millisecond'
          where person_id = $1 and lease = $2`,
        values: [personId, lease, reasonForRow(reason), pauseMs],
      })
    },

    giveBack: async ({ personId, lease }) => {
      await pool.query({
        name: 'guichet_activity.give_back_analysis',
        text: `
          update guichet_activity.analysis set lease = null, leased_until = null, attempts = attempts - 1
          where person_id = $1 and lease = $2`,
        values: [personId, lease],
      })
    },

    status: async () => {
      const { rows } = await pool.query<{ due: number; failing: number; since: Date | null }>(
        `select count(*) filter (where due_at <= now())::integer as due, count(error)::integer as failing,
           min(due_at) filter (where due_at <= now()) as since
         from guichet_activity.analysis where due_at is not null`,
      )
      const [totals] = rows
      const since = totals?.since ?? undefined
      return { due: totals?.due ?? 0, failing: totals?.failing ?? 0, dueSince: since && instant(since) }
    },
  }
}
