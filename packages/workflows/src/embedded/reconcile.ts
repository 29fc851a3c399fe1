import type { Pool } from 'pg'

/**
 * Compares the deadlines that stand, as the read model knows them, with the jobs that wait for them, and repairs both
 * directions: a stream without a job that early gets one, and a job of a stream without deadlines runs now, because only
 * the stream itself can say that nothing is due (the read model may be behind). Failing streams keep
 * their own pace. Without read models there is nothing to compare.
 */
export async function reconcile(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ exists: boolean }>(
    `select to_regclass('guichet_read.deadline') is not null as exists`,
  )
  if (!rows[0]?.exists) return
  await pool.query(wakeUnattended)
  await pool.query(lookAtOrphans)
}

const wakeUnattended = `
  with unattended as (
    select deadline.stream, deadline.next_due
    from guichet_read.deadline
    left join guichet_jobs.jobs on jobs.key = deadline.stream
    where deadline.next_due is not null
      and (jobs.id is null or (jobs.run_at > deadline.next_due and jobs.locked_at is null and jobs.last_error is null))
  )
  select guichet_workflows.wake(array_agg(stream), array_agg(next_due)) from unattended having count(*) > 0`

const lookAtOrphans = `
  with orphans as (
    select array_agg(jobs.id) as ids
    from guichet_jobs.jobs
    where jobs.key is not null and jobs.run_at > now() and jobs.locked_at is null and jobs.last_error is null
      and not exists (
        select from guichet_read.deadline
        where deadline.stream = jobs.key and (deadline.next_due is not null or deadline.held_by is not null)
      )
  )
  select count(looked_at.id) from orphans, guichet_jobs.reschedule_jobs(orphans.ids, run_at := now()) as looked_at`
