import type { Pool } from 'pg'

/** The queue counts tries in 16 bits and gives up at the end; long before, the count starts over. */
const countedTries = 10_000

/**
 * Keeps failing jobs going for ever: none pauses longer than `longestPauseMs` (the queue's own back-off grows to six
 * hours), none runs out of tries.
 */
export async function keepRetrying(pool: Pool, longestPauseMs: number): Promise<void> {
  await pool.query(
    `with pause as (select now() + $1 * interval '1 millisecond' as longest),
     failing as (
       select array_agg(id) as ids, max(longest) as longest from guichet_jobs.jobs, pause
       where last_error is not null and locked_at is null and key is not null and run_at > longest
     )
     select count(rescheduled.id) from failing, guichet_jobs.reschedule_jobs(failing.ids, run_at := failing.longest) as rescheduled`,
    [longestPauseMs],
  )
  await pool.query(
    `with tired as (select array_agg(id) as ids from guichet_jobs.jobs where attempts > $1 and key is not null)
     select count(rescheduled.id) from tired, guichet_jobs.reschedule_jobs(tired.ids, attempts := 10) as rescheduled`,
    [countedTries],
  )
}

/** Removes jobs that failed after a newer job had taken their place. */
export async function dropSuperseded(pool: Pool): Promise<void> {
  await pool.query(
    `with superseded as (select array_agg(id) as ids from guichet_jobs.jobs where key is null and locked_at is null)
     select count(dropped.id) from superseded, guichet_jobs.complete_jobs(superseded.ids) as dropped`,
  )
}
