import type { Desk, StreamName } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine } from '../clock/clock.ts'
import type { OnError } from '../supervision/on-error.ts'
import { openTables } from '../tables/open-tables.ts'
import { clockActivities } from './activities/clock-activities.ts'
import { failuresIn } from './activities/failures.ts'
import { finishedClocksIn } from './activities/finished-clocks.ts'
import { reconcilerActivities } from './activities/reconciler-activities.ts'
import { clockId } from './clock-state.ts'
import { startBridge } from './bridge/bridge.ts'
import { outboxOf } from './bridge/outbox.ts'
import { outboxSink } from './bridge/outbox-sink.ts'
import { registerSearchAttributes } from './connection/register-attributes.ts'
import { listenToRuntime } from './connection/runtime.ts'
import type { TemporalAddress } from './connection/temporal-connection.ts'
import { openClient, openConnection, temporalAddress } from './connection/temporal-connection.ts'
import { reportsOf } from './connection/reports.ts'
import { untilDone } from './connection/until-done.ts'
import type { Log } from './connection/watch.ts'
import { watchServer } from './connection/watch.ts'
import { readInstallation } from './installation.ts'
import { scheduleReconciler } from './reconciler/schedule.ts'
import { temporalSchema } from './schema.ts'
import { readStatus } from './status/read-status.ts'
import { startWorker } from './worker/supervised-worker.ts'

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
