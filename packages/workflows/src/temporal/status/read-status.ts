import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { ClockFailure, ClockStatus } from '../../clock/clock.ts'
import { troubleOf } from '../connection/trouble.ts'
import { runningClocks } from './running-clocks.ts'

type Waiting = { next_due: Date | null; late: number }
type Failing = { stream: string; message: string; attempts: number; next_try: Date; failing: number }

type Listed = { readonly late: number; readonly nextDue: Instant | undefined; readonly unavailable?: string }

const patienceMs = 3_000

/** What the clocks in Temporal wait for, and what is still to be handed over to them; the latter alone while Temporal is away. */
export async function readStatus(pool: Pool, client: Client, taskQueue: string): Promise<ClockStatus> {
  const now = instant(new Date())
  const [outbox, failures, listed] = await Promise.all([
    pool.query<Waiting>(
      `select min(due_at) as next_due, count(*) filter (where due_at <= now())::integer as late
       from guichet_workflows.clock_outbox`,
    ),
    pool.query<Failing>(failing),
    client.withDeadline(Date.now() + patienceMs, () => ask(client, taskQueue, now)).catch(unavailable),
  ])
  const [waiting] = outbox.rows
  const due = [listed.nextDue, waiting?.next_due ? instant(waiting.next_due) : undefined]
  return {
    nextDue: due.filter((each) => each !== undefined).toSorted()[0],
    late: listed.late + (waiting?.late ?? 0),
    ...(listed.unavailable !== undefined && { unavailable: listed.unavailable }),
    failing: failures.rows[0]?.failing ?? 0,
    failures: failures.rows.map(({ stream, message, attempts, next_try: nextTry }): ClockFailure => ({
      stream,
      message,
      attempts,
      nextTry: instant(nextTry),
    })),
  }
}

async function ask(client: Client, taskQueue: string, now: Instant): Promise<Listed> {
  const clocks = runningClocks(client, taskQueue)
  const late = await clocks.count(undefined, now)
  return { late, nextDue: await clocks.earliest(now, late) }
}

function unavailable(error: unknown): Listed {
  const trouble = troubleOf(error)
  if (!trouble) throw error
  return { late: 0, nextDue: undefined, unavailable: `Temporal does not answer: ${trouble.reason}` }
}

/** A failure of which nothing has been heard for longer than any pause is one of a clock that is gone. */
const failing = `
  with failing as (
    select stream, message, attempts, next_try from guichet_workflows.clock_failures
    where next_try > now() - interval '10 minutes'
    union all
    select stream, error, attempts, try_at from guichet_workflows.clock_outbox where error is not null
  )
  select *, (count(*) over ())::integer as failing from failing order by next_try limit 100`
