import type { Pool } from 'pg'
import { retryPause } from '../../supervision/retry-pause.ts'

/** A stream whose clock is to be told what stands. */
export type OutboxRow = { readonly stream: string; readonly mark: number; readonly attempts: number }

/** What is to be handed over, taken by any number of processes. */
export type Outbox = {
  /** Takes rows for the length of the lease; nobody else gets them meanwhile, unless they change. */
  claim(limit: number): Promise<readonly OutboxRow[]>
  /** Removes what was handed over, except what has changed since it was taken. */
  settle(rows: readonly OutboxRow[]): Promise<void>
  /** Gives rows back untouched. */
  release(rows: readonly OutboxRow[]): Promise<void>
  /** Notes why a row could not be handed over; it is tried again with growing pauses, every five minutes in the end. */
  fail(row: OutboxRow, message: string): Promise<void>
  /** Those of some streams whose clocks stand still. */
  held(streams: readonly string[]): Promise<ReadonlySet<string>>
}

/**
 * The outbox in `guichet_workflows`, whose schema has been migrated. What is claimed comes back after `leaseMs` milliseconds if nothing is
 * heard of it; rejects with what the database does.
 */
export function outboxOf(pool: Pool, leaseMs: number): Outbox {
  const columns = (rows: readonly OutboxRow[]) => [rows.map(({ stream }) => stream), rows.map(({ mark }) => mark)]
  return {
    claim: async (limit) => {
      const { rows } = await pool.query<{ stream: string; mark: string; attempts: number }>({
        name: 'guichet_workflows.claim',
        text: `
          with due as (
            select stream from guichet_workflows.clock_outbox where try_at <= now()
            order by try_at limit $1 for update skip locked
          )
          update guichet_workflows.clock_outbox as mine
          set try_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
          from due where mine.stream = due.stream returning mine.stream, mine.mark, mine.attempts`,
        values: [limit, leaseMs],
      })
      return rows.map((row) => ({ ...row, mark: Number(row.mark) }))
    },
    settle: async (rows) => {
      if (rows.length === 0) return
      await pool.query({
        name: 'guichet_workflows.settle',
        text: `
          with handed_over as (
            select stream from guichet_workflows.clock_outbox as mine
            join unnest($1::text[], $2::bigint[]) as sent (stream, mark) using (stream, mark)
            for update of mine skip locked
          )
          delete from guichet_workflows.clock_outbox using handed_over where clock_outbox.stream = handed_over.stream`,
        values: columns(rows),
      })
    },
    release: async (rows) => {
      if (rows.length === 0) return
      await pool.query(
        `with mine as (
           select stream from guichet_workflows.clock_outbox as mine
           join unnest($1::text[], $2::bigint[]) as taken (stream, mark) using (stream, mark)
           for update of mine skip locked
         )
         update guichet_workflows.clock_outbox set try_at = now(), attempts = attempts - 1
         from mine where clock_outbox.stream = mine.stream`,
        columns(rows),
      )
    },
    fail: async ({ stream, mark, attempts }, message) => {
      await pool.query(
        `update guichet_workflows.clock_outbox
         set error = $3, try_at = now() + $4 * interval '1 millisecond' where stream = $1 and mark = $2`,
        [stream, mark, message, retryPause(attempts)],
      )
    },
    held: async (streams) => {
      const { rows } = await pool.query<{ stream: string }>({
        name: 'guichet_workflows.held_streams',
        text: 'select guichet_workflows.held_streams($1) as stream',
        values: [streams],
      })
      return new Set(rows.map(({ stream }) => stream))
    },
  }
}
