import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Desk, StreamDeleted, StreamName } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine, ClockStatus, FailingRow } from '../clock.ts'
import { failuresOf, noteDeleted, readOverdue } from '../clock.ts'
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

/** How the clock on Temporal is created. */
export type TemporalClockOptions = {
  readonly desk: Desk
  /** The database of the read models. */
  readonly connectionString: string
  /** The address of Temporal; by default that of the environment, in the SDK's own variables. */
  readonly temporal?: TemporalAddress
  /** How many streams are processed concurrently; 8 by default. */
  readonly concurrency?: number
  /**
   * How many clocks are cached in memory, some 0.2 MB each; 250 by default. A clock that waits for days needs no cache:
   * its history is short, and is read again when it is due.
   */
  readonly cachedClocks?: number
  /** How often an idle bridge looks for rows to hand over, in milliseconds; 200 by default. */
  readonly pollMs?: number
  /** After how many milliseconds another process takes over the rows of a dead one; 30,000 by default. */
  readonly leaseMs?: number
  /** How often clocks are compared with the outstanding deadlines, in milliseconds; three minutes by default. */
  readonly reconcileMs?: number
  /** How often the server is checked while it is usable, in milliseconds; 10,000 by default. */
  readonly lookMs?: number
  readonly onError?: OnError
  /** Receives successes and failures of the hand-over to the server, except the server's own failures. */
  readonly health?: FollowerReports
  /** Called, with a line each, when the server is unusable, with the next step, and when it is usable again. */
  readonly log?: Log
}

/** The clock that waits in workflows on Temporal. */
export type TemporalClock = ClockEngine & {
  /** The projection of deadlines reports here; usable as soon as this object exists, started or not. */
  readonly deadlineSink: DeadlineSink
  /** The id of a stream's clock in Temporal. */
  clockId(stream: StreamName): string
}

/**
 * The clock on Temporal: one workflow per stream with a deadline, or with labels that operators look for. Any number of
 * processes may run one on the same database. Creates or migrates its part of the schema `guichet_workflows` first.
 * Temporal may be away, at the start and later: deadlines wait in the database until it is back. A stopped engine
 * cannot be restarted: open another one.
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
        const onDeleted = (deleted: StreamDeleted): Promise<void> => noteDeleted(pool, deleted, onError)
        const activities = {
          ...clockActivities({
            desk,
            failures: failuresIn(pool),
            finished: finishedClocksIn(pool),
            onDeleted,
            labelled,
            onError,
          }),
          ...reconcilerActivities({ pool, client, taskQueue, labelled, stopping: stopping.signal }),
        }
        const working = reports('the Temporal worker')
        // Not before there is a server: an unused runtime keeps the process from ending.
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
          onDeleted,
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

const patienceMs = 3_000

/**
 * The status of the clocks, from the states they were started with and those still to hand over; also whether Temporal
 * answers.
 */
async function readStatus(pool: Pool, client: Client, namespace: string): Promise<ClockStatus> {
  const [clocks, overdue, failures, unavailable] = await Promise.all([
    pool.query<{ next_due: Date | null }>(nextDue),
    readOverdue(pool),
    pool.query<FailingRow>(failing),
    client
      .withDeadline(Date.now() + patienceMs, () => client.workflowService.describeNamespace({ namespace }))
      .then(() => undefined, asUnavailable),
  ])
  const [next] = clocks.rows
  return {
    nextDue: next?.next_due ? instant(next.next_due) : undefined,
    late: overdue ?? 0,
    ...(unavailable !== undefined && { unavailable }),
    ...failuresOf(failures.rows),
  }
}

function asUnavailable(error: unknown): string {
  const trouble = troubleOf(error)
  if (!trouble) throw error
  return `Temporal does not answer: ${trouble.reason}`
}

const nextDue = `
  select least((select min(due_at) from guichet_workflows.clocks), (select min(due_at) from guichet_workflows.clock_outbox)) as next_due`

/** A failure without a new report for longer than any pause belongs to an ended clock. */
const failing = `
  with failing as (
    select stream, message, attempts, next_try from guichet_workflows.clock_failures
    where next_try > now() - interval '10 minutes'
    union all
    select stream, error, attempts, try_at from guichet_workflows.clock_outbox where error is not null
  )
  select *, (count(*) over ())::integer as failing from failing order by next_try limit 100`
