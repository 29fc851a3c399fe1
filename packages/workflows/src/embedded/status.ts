import { instant } from '@guichet/domain'
import type { Pool } from 'pg'
import type { ClockFailure, ClockStatus } from '../clock/clock.ts'
import { readOverdue } from '../clock/read-overdue.ts'

type Totals = { next_due: Date | null; late: number; failing: number }
type Failing = { stream: string; message: string; attempts: number; next_try: Date }

/** What the queue knows, whichever process works on it. */
export async function readStatus(pool: Pool): Promise<ClockStatus> {
  const totals = await pool.query<Totals>(
    `select min(run_at) as next_due,
            count(*) filter (where run_at <= now())::integer as late,
            count(*) filter (where last_error is not null)::integer as failing
     from guichet_jobs.jobs where key is not null`,
  )
  const failing = await pool.query<Failing>(
    `select key as stream, last_error as message, attempts, run_at as next_try
     from guichet_jobs.jobs where key is not null and last_error is not null order by run_at limit 100`,
  )
  const overdue = await readOverdue(pool)
  const [total] = totals.rows
  return {
    nextDue: total?.next_due ? instant(total.next_due) : undefined,
    late: overdue ?? total?.late ?? 0,
    failing: total?.failing ?? 0,
    failures: failing.rows.map(({ stream, message, attempts, next_try: nextTry }): ClockFailure => ({
      stream,
      message,
      attempts,
      nextTry: instant(nextTry),
    })),
  }
}
