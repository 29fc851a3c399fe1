import type { Pool } from 'pg'

/** Says that these workers are alive. */
export async function beat(pool: Pool, workerIds: readonly string[]): Promise<void> {
  await pool.query(
    `insert into guichet_workflows.workers (worker_id) select unnest($1::text[])
     on conflict (worker_id) do update set seen_at = now()`,
    [workerIds],
  )
}

/** Says that these workers have ended. */
export async function leave(pool: Pool, workerIds: readonly string[]): Promise<void> {
  await pool.query('delete from guichet_workflows.workers where worker_id = any ($1::text[])', [workerIds])
}

/**
 * Gives free the jobs of workers that have not been heard of for a lease, of whichever process: the queue itself would
 * wait four hours. A job that is given free while its worker lives after all is carried out twice, which has no second
 * effect.
 */
export async function freeJobsOfTheDead(pool: Pool, leaseMs: number): Promise<void> {
  await pool.query(
    `with lease as (select now() - $1 * interval '1 millisecond' as start),
     dead as (
       select distinct locked_by from guichet_jobs.jobs, lease
       where locked_at < lease.start and not exists (
         select from guichet_workflows.workers where worker_id = locked_by and seen_at > lease.start
       )
     )
     select guichet_jobs.force_unlock_workers(array_agg(locked_by)) from dead having count(*) > 0`,
    [leaseMs],
  )
  await pool.query(
    `delete from guichet_workflows.workers where seen_at < now() - greatest($1 * interval '1 millisecond', '1 hour')`,
    [leaseMs],
  )
}
