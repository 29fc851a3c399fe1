import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Desk, StreamName } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine, ClockFailure, ClockStatus } from '../clock.ts'
import { readOverdue } from '../clock.ts'
import type { OnError } from '../supervision.ts'
import { openTables } from '../tables.ts'
import { clockActivities, failuresIn, finishedClocksIn, reconcilerActivities } from './activities.ts'
import { outboxSink, startBridge } from './bridge.ts'
import { clockId, readInstallation } from './clock-state.ts'
import type { TemporalAddress } from './connection.ts'
import { openClient, openConnection, temporalAddress } from './connection.ts'
import { outboxOf, temporalSchema } from './outbox.ts'
import { scheduleReconciler } from './reconcile.ts'
import { listenToRuntime, registerSearchAttributes, reportsOf } from './reports.ts'
import { troubleOf } from './trouble.ts'
import type { Log } from './watch.ts'
import { untilDone, watchServer } from './watch.ts'
import { startWorker } from './worker.ts'

export type TemporalClockOptions = {
  readonly desk: Desk
  /** The database of the read models. */
  readonly connectionString: string
  /** Where Temporal is; by default what the environment says, in the SDK's own variables. */
  readonly temporal?: TemporalAddress
  /** How many streams are dealt with at once; 8 by default. */
  readonly concurrency?: number
  /**
   * How many clocks are kept in memory, some 0.2 MB each; 250 by default. One that waits for days has no use for it: its history is short,
   * and is read again when it is due.
   */
  readonly cachedClocks?: number
  /** How often an idle bridge looks for what is to be handed over, in milliseconds; 200 by default. */
  readonly pollMs?: number
  /** After how many milliseconds what a dead process was handing over goes to another one; 30,000 by default. */
  readonly leaseMs?: number
  /** How often clocks are compared with the deadlines that stand, in milliseconds; three minutes by default. */
  readonly reconcileMs?: number
  /** How often the server is looked at while it can be used, in milliseconds; 10,000 by default. */
  readonly lookMs?: number
  readonly onError?: OnError
  /** Hears how what is handed over to the server goes, but for the server's own failures. */
  readonly health?: FollowerReports
  /** Hears, in a line each, that the server cannot be used and what to do next, and that it can again. */
  readonly log?: Log
}

export type TemporalClock = ClockEngine & {
  /** Where the projection of deadlines reports; it works as soon as there is this object, started or not. */
  readonly deadlineSink: DeadlineSink
  /** What the clock of a stream is called in Temporal. */
  clockId(stream: StreamName): string
}

/**
 * The clock on Temporal: one workflow per stream that something falls due on, or that operators look for. Any number of processes may run one on the
 * same database. Creates or updates its part of the schema `guichet_workflows` first. Temporal may be away, at the start as
 * later: what falls due is kept in the database until it is back. An engine that was stopped is done: open another one.
 */
export async function temporalClock(options: TemporalClockOptions): Promise<TemporalClock> {
  const { desk, connectionString, pollMs = 200, leaseMs = 30_000, onError = () => undefined } = options
  const { reconcileMs = 180_000, cachedClocks = 250, lookMs, log = () => undefined } = options
  const address = options.temporal ?? temporalAddress()
  const concurrency = options.concurrency ?? address.worker?.concurrency ?? 8
  const pool = await openTables(temporalSchema, { connectionString, maxConnections: concurrency + 4, onError })
  const connection = openConnection(address)
  const client = openClient(connection, address)
  const letGo: (() => Promise<unknown>)[] = [() => pool.end(), () => connection.close()]
  const stop = async (): Promise<void> => {
    for (const release of letGo.splice(0).reverse()) await release()
  }
  try {
    const installation = await readInstallation(pool)
    const { taskQueue } = installation
    const outbox = outboxOf(pool, leaseMs)
    return {
      deadlineSink: outboxSink,
      clockId: (stream) => clockId(stream, installation.id),
      start: async () => {
        let deafen = (): void => undefined
        const watch = watchServer(address, log, lookMs)
        const reports = (context: string) =>
          reportsOf(context, { address, watch, log, onError, health: options.health })
        const labels = untilDone(
          connection,
          watch,
          () => registerSearchAttributes(connection, address.namespace),
          reports('registering the search attributes of clocks'),
        )
        const schedule = untilDone(
          connection,
          watch,
          () => scheduleReconciler(client, installation, reconcileMs),
          reports('scheduling the comparison of clocks with deadlines'),
        )
        const labelled = labels.done
        const stopping = new AbortController()
        const activities = {
          ...clockActivities({
            desk,
            failures: failuresIn(pool),
            finished: finishedClocksIn(pool),
            labelled,
            onError,
          }),
          ...reconcilerActivities({ pool, client, taskQueue, labelled, stopping: stopping.signal }),
        }
        const working = reports('the Temporal worker')
        // Not before there is a server: a runtime that nothing has used keeps the process from ending.
        const installed = async (signal: AbortSignal): Promise<void> => {
          await working.ready?.(signal)
          if (!signal.aborted) deafen = listenToRuntime(onError, address.worker)
        }
        const worker = startWorker({
          address,
          taskQueue,
          activities,
          concurrency,
          cachedClocks,
          reports: { ...working, ready: installed },
        })
        const handing = reports('handing deadlines over to Temporal')
        const ready = (signal: AbortSignal) => labels.untilTried(signal).then(() => handing.ready?.(signal))
        const bridge = startBridge({
          desk,
          client,
          installation,
          outbox,
          labelled,
          pollMs,
          leaseMs,
          reports: { ...handing, ready },
          onError,
        })
        const breakOff = async (): Promise<void> => stopping.abort(new Error('the comparison was broken off'))
        letGo.push(async () => deafen(), watch.stop, labels.stop, schedule.stop, worker.stop, bridge.stop, breakOff)
      },
      stop,
      status: () => readStatus(pool, client, address.namespace),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Waiting = { next_due: Date | null; late: number }
type Failing = { stream: string; message: string; attempts: number; next_try: Date; failing: number }

const patienceMs = 3_000

/** What the clocks wait for, as they were started and are still to be, and what is late; also whether Temporal answers. */
async function readStatus(pool: Pool, client: Client, namespace: string): Promise<ClockStatus> {
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
