import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { BackOff, SchemaPart } from '@guichet/eventstore'
import { pauseAfter } from '@guichet/eventstore'
import type { ClockStatus, FailingRow } from '../clock.ts'
import { failuresOf, hasDeadlines, readOverdue } from '../clock.ts'

/** A stream with a due deadline that is leased to this process. */
export type LeasedStream = {
  readonly stream: string
  /** The due instant that the read model showed when the stream was claimed. */
  readonly dueAt: Instant
  /** How often it has failed in a row. */
  readonly attempts: number
  /** Identifies the claim: nobody settles another one's. */
  readonly lease: string
}

/** The streams with due deadlines, claimed by any number of processes: each stream by one at a time. */
export type Leases = {
  /** Leases due streams of the read model of deadlines, those that are due first. */
  claim(limit: number): Promise<readonly LeasedStream[]>
  /**
   * Returns streams whose due deadlines have taken effect. Until the read model shows another due instant, each of them
   * rests for a minute, since the read model follows later, or as long as given, in milliseconds.
   */
  settle(streams: readonly LeasedStream[], restMs?: number): Promise<void>
  /** Returns a stream that has failed, with the reason. It is due again after a pause that grows with each failure. */
  fail(stream: LeasedStream, message: string): Promise<void>
  /**
   * Returns the milliseconds until the next stream can be claimed, 0 or less if one can be now; undefined if nothing is
   * due at any time. Forgets what rested until now.
   */
  untilNext(): Promise<number | undefined>
  status(): Promise<ClockStatus>
}

const followedWithinMs = 60_000

/**
 * Whether a stream is not to be claimed now: it is leased, pauses after a failure, or its due instant has been
 * processed. The planner makes no join of a subquery for one value: each row is looked up by its key, whatever the
 * statistics are.
 */
const inUse = `coalesce((
  select w.try_at > now() and (w.due_at = d.next_due or w.lease is not null or w.error is not null)
  from guichet_workflows.clock_work w where w.stream = d.stream), false)`

const claiming = `
  with due as materialized (
    select d.stream, d.next_due from guichet_read.deadline d
    where d.next_due <= now() and not ${inUse}
    order by d.next_due limit $1 for update skip locked
  )
  insert into guichet_workflows.clock_work as w (stream, due_at, lease, try_at)
  select stream, next_due, $2, now() + $3 * interval '1 millisecond' from due order by stream
  on conflict (stream) do update
    set due_at = excluded.due_at, lease = excluded.lease, try_at = excluded.try_at
    where w.try_at <= now() or (w.due_at <> excluded.due_at and w.lease is null and w.error is null)
  returning stream, due_at, attempts`

const settling = `
  update guichet_workflows.clock_work set lease = null, attempts = 0, error = null, try_at = now() + $3 * interval '1 millisecond'
  where stream = any($1) and lease = $2`

const failing = `
  update guichet_workflows.clock_work set lease = null, attempts = $3, error = $4, try_at = now() + $5 * interval '1 millisecond'
  where stream = $1 and lease = $2`

/** The earliest instant at which a stream can be claimed. */
const nextClaim = `least(
  (select d.next_due from guichet_read.deadline d where d.next_due is not null and not ${inUse} order by d.next_due limit 1),
  (select w.try_at from guichet_workflows.clock_work w
   where w.try_at > now() and (w.lease is not null or w.error is not null) and ${isDue('w.stream')} order by w.try_at limit 1))`

/** What rested, and what had failed where nothing is due any more, is forgotten. */
const forgetting = `
  delete from guichet_workflows.clock_work where stream in (
    select w.stream from guichet_workflows.clock_work w
    where w.try_at <= now() and not ${isDue('w.stream')} order by w.stream for update skip locked)`

function isDue(stream: string): string {
  return `coalesce((select d.next_due <= now() from guichet_read.deadline d where d.stream = ${stream}), false)`
}

/**
 * The leases in `guichet_workflows`, whose schema must be migrated, on the deadlines of the read model. Before there
 * are read models nothing is due. The database's clock decides what is due; rejects with the errors of the database.
 * @param leaseMs for how many milliseconds a claimed stream is leased.
 * @param pauses how long a stream pauses after a failure, in milliseconds.
 */
export function leasesIn(pool: Pool, leaseMs: number, pauses: BackOff): Leases {
  const isThere = deadlinesIn(pool)
  return {
    claim: async (limit) => {
      if (!(await isThere())) return []
      const lease = randomUUID()
      const { rows } = await pool.query<{ stream: string; due_at: Date; attempts: number }>({
        name: 'guichet_workflows.claim_due_streams',
        text: claiming,
        values: [limit, lease, leaseMs],
      })
      return rows.map(({ stream, due_at: dueAt, attempts }) => ({ stream, dueAt: instant(dueAt), attempts, lease }))
    },
    settle: async (streams, restMs = followedWithinMs) => {
      const [first] = streams
      if (!first) return
      const values = [streams.map(({ stream }) => stream), first.lease, restMs]
      await pool.query({ name: 'guichet_workflows.settle_due_streams', text: settling, values })
    },
    fail: async ({ stream, lease, attempts }, message) => {
      await pool.query(failing, [stream, lease, attempts + 1, message, pauseAfter(attempts + 1, pauses)])
    },
    untilNext: async () => {
      if (!(await isThere())) return undefined
      const { rows } = await pool.query<{ milliseconds: number | null }>({
        name: 'guichet_workflows.next_due_stream',
        text: `with forgotten as (${forgetting})
          select (extract(epoch from ${nextClaim} - clock_timestamp()) * 1000)::float8 as milliseconds`,
      })
      return rows[0]?.milliseconds ?? undefined
    },
    status: async () => ((await isThere()) ? readStatus(pool) : nothingDue),
  }
}

const nothingDue: ClockStatus = { nextDue: undefined, late: 0, failing: 0, failures: [] }

function deadlinesIn(pool: Pool): () => Promise<boolean> {
  let isFound = false
  return async () => (isFound ||= await hasDeadlines(pool))
}

/** The state of the clock, for all processes that run it. */
async function readStatus(pool: Pool): Promise<ClockStatus> {
  const { rows: next } = await pool.query<{ next_due: Date | null }>(`select ${nextClaim} as next_due`)
  const { rows: failures } = await pool.query<FailingRow>(
    `select stream, error as message, attempts, try_at as next_try, count(*) over ()::integer as failing
     from guichet_workflows.clock_work w where error is not null and ${isDue('w.stream')} order by try_at limit 100`,
  )
  return {
    nextDue: next[0]?.next_due ? instant(next[0].next_due) : undefined,
    late: (await readOverdue(pool)) ?? 0,
    ...failuresOf(failures),
  }
}

/**
 * The streams that processes work on, or have just worked on; what falls due, and when, is in the read model alone.
 * `try_at` is until when a stream is leased, pauses or rests. A crash of Postgres empties the table: what was leased is
 * claimed again, without a second effect.
 */
const leases = `
create unlogged table guichet_workflows.clock_work (
  stream text collate "C" primary key,
  due_at timestamptz not null,
  lease uuid,
  try_at timestamptz not null,
  attempts integer not null default 0,
  error text
) with (fillfactor = 50);
create index on guichet_workflows.clock_work (try_at);

drop schema if exists guichet_jobs cascade;
drop function if exists guichet_workflows.wake(text[], timestamptz[]);
drop function if exists guichet_workflows.claim_due(text, integer);
drop function if exists guichet_workflows.complete_claimed(text, bigint[]);
drop function if exists guichet_workflows.hand_back(text, bigint[]);
drop function if exists guichet_workflows.held_of(text[]);
drop table if exists guichet_workflows.workers;
`

/** The first two steps made a job queue in `guichet_jobs`, which the third removes: a new database never has it. */
const formerQueue = 'select'

/** The leases of the clock. */
export const clockSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'clock',
  steps: [formerQueue, formerQueue, leases],
}
