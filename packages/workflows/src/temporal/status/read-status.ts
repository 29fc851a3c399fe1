import { instant } from '@guichet/domain'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { ClockFailure, ClockStatus } from '../../clock/clock.ts'
import { readOverdue } from '../../clock/read-overdue.ts'
import { troubleOf } from '../connection/trouble.ts'

type Waiting = { next_due: Date | null; late: number }
type Failing = { stream: string; message: string; attempts: number; next_try: Date; failing: number }

const patienceMs = 3_000

/** What the clocks wait for, as they were started and are still to be, and what is late; also whether Temporal answers. */
export async function readStatus(pool: Pool, client: Client, namespace: string): Promise<ClockStatus> {
  const [clocks, overdue, failures, unavailable] = await Promise.all([
    pool.query<Waiting>(waiting),
    readOverdue(pool),
    pool.query<Failing>(failing),
    client
      .withDeadline(Date.now() + patienceMs, () => client.workflowService.describeNamespace({ namespace }))
      .then(() => undefined, asUnavailable),
  ])
  const [next] = clocks.rows
  return {
    nextDue: next?.next_due ? instant(next.next_due) : undefined,
    late: overdue ?? next?.late ?? 0,
    ...(unavailable !== undefined && { unavailable }),
    failing: failures.rows[0]?.failing ?? 0,
    failures: failures.rows.map(({ stream, message, attempts, next_try: nextTry }): ClockFailure => ({
      stream,
      message,
      attempts,
      nextTry: instant(nextTry),
    })),
  }
}

function asUnavailable(error: unknown): string {
  const trouble = troubleOf(error)
  if (!trouble) throw error
  return `Temporal does not answer: ${trouble.reason}`
}

const waiting = `
  select min(due_at) as next_due, count(*) filter (where due_at <= now())::integer as late
  from (
    (select due_at from guichet_workflows.clocks where due_at <= now())
    union all
    (select due_at from guichet_workflows.clocks where due_at > now() order by due_at limit 1)
    union all
    select due_at from guichet_workflows.clock_outbox
  ) as known`

/** A failure of which nothing has been heard for longer than any pause is one of a clock that is gone. */
const failing = `
  with failing as (
    select stream, message, attempts, next_try from guichet_workflows.clock_failures
    where next_try > now() - interval '10 minutes'
    union all
    select stream, error, attempts, try_at from guichet_workflows.clock_outbox where error is not null
  )
  select *, (count(*) over ())::integer as failing from failing order by next_try limit 100`
