import { Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning, ScheduleNotFoundError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { migrateSchema } from '@guichet/eventstore'
import type { DeliveryEngine, DeliveryOptions, DeliveryState } from '../delivery/delivery-list.ts'
import type { Delivery, DeliveryChannel } from '../delivery/delivery.ts'
import type { OpenDeliveries } from '../delivery/open-deliveries.ts'
import { openDeliveries } from '../delivery/open-deliveries.ts'
import type { PublishReports } from '../delivery/reports.ts'
import type { RepeatedWork, Repetition } from '../supervision.ts'
import { inParallel, periodically, repeatWithBackOff, withOwnSignal } from '../supervision.ts'
import type { Installation } from './clock-state.ts'
import { readInstallation, shortOf } from './clock-state.ts'
import type { TemporalAddress } from './connection.ts'
import { openClient, openConnection, temporalAddress } from './connection.ts'
import { temporalSchema } from './outbox.ts'
import { listenToRuntime, reportsOf } from './reports.ts'
import type { Log } from './watch.ts'
import { untilDone, watchServer } from './watch.ts'
import { startWorker } from './worker.ts'
import type { deliver, DeliveryActivities } from './workflow/workflows.ts'

/** How deliveries are tried by workflows on Temporal. */
export type TemporalDeliveryOptions = DeliveryOptions & {
  /** The address of Temporal; by default that of the environment, in the SDK's own variables. */
  readonly temporal?: TemporalAddress
  /**
   * Called, with a line each, for failures of its own work while the server is well; the clock reports those of the
   * server.
   */
  readonly log?: Log
}

/**
 * Delivers by workflows on Temporal, one per delivery, and publishes daily reports on a schedule. The workflows
 * themselves run on the worker of `temporalClock`, which has to run beside it; deliveries are sent by workers of their
 * own, one per channel. Creates or migrates its part of the schema `guichet_workflows` first; without transports it
 * only ensures that no schedule is left. Temporal may be away, at the start and later. A stopped engine cannot be
 * restarted: open another one.
 */
export async function temporalDelivery(options: TemporalDeliveryOptions): Promise<DeliveryEngine> {
  const { log = () => undefined } = options
  const address = options.temporal ?? temporalAddress()
  const parts = await openDeliveries(options)
  const letGo: (() => Promise<unknown>)[] = [parts.close]
  const stop = async (): Promise<void> => {
    for (const release of letGo.splice(0).reverse()) await release()
  }
  try {
    await migrateSchema(parts.pool, temporalSchema)
    const installation = await readInstallation(parts.pool)
    const { taskQueue } = installation
    return {
      notificationSink: parts.notificationSink,
      start: async () => {
        const { onError, concurrency } = parts
        const connection = openConnection(address)
        const client = openClient(connection, address)
        const watch = watchServer(address, () => undefined)
        const reports = (context: string) => reportsOf(context, { address, watch, log, onError, health: parts.health })
        let scheduled: string | undefined
        const schedule = async (): Promise<void> => {
          scheduled = await scheduleReports(client, taskQueue, parts.reports)
        }
        const first = untilDone(connection, watch, schedule, reports('scheduling the daily reports'))
        const following = periodically(
          parts.pollMs,
          async () => {
            if (scheduled !== undefined && (await parts.reports?.terms())?.timeZone !== scheduled) await schedule()
          },
          (error) => onError(error, 'scheduling the daily reports'),
        )
        letGo.push(() => connection.close(), watch.stop, first.stop, following.stop)
        if (parts.channels.length === 0) return
        const activities = deliveryActivities(parts)
        let deafen = (): void => undefined
        const workers = parts.channels.map((channel) => {
          const working = reports(`the Temporal worker that delivers by ${channel}`)
          const ready = async (signal: AbortSignal): Promise<void> => {
            await working.ready?.(signal)
            if (!signal.aborted) deafen = listenToRuntime(onError, address.worker)
          }
          return startWorker({
            address,
            taskQueue: queueOf(taskQueue, channel),
            activities,
            concurrency,
            runsWorkflows: false,
            reports: { ...working, ready },
          })
        })
        const handingOver = startHandingOver(parts, {
          client,
          installation,
          reports: reports('handing deliveries over to Temporal'),
        })
        const tidying = parts.tidyUp()
        letGo.push(
          async () => deafen(),
          tidying.stop,
          () => Promise.all(workers.map((worker) => worker.stop())),
          handingOver.stop,
        )
      },
      stop,
      status: parts.status,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The task queue of a channel's deliveries: an unavailable receiver delays its own channel only, and no clock. */
const queueOf = (taskQueue: string, channel: DeliveryChannel): string => `${taskQueue}-${channel}`

const batch = 200
const atOnce = 16
const patienceMs = 10_000
const backOff = { first: 500, last: 30_000 }

/** The id of a delivery's workflow: databases that share a namespace may have deliveries of the same key. */
export const deliveryId = (key: string, installation: string): string => `delivery/${shortOf(installation)}/${key}`

type HandOverOptions = {
  readonly client: Client
  readonly installation: Installation
  /** How it waits for the server, and reports failures. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
}

/** The time after which a delivery without a report is handed over again, in case its workflow was lost. */
const handedOverForMs = 600_000

/**
 * Starts a workflow for each due delivery, at least once. While Temporal is away, deliveries wait in the table. A
 * delivery with a running workflow is not started again; one whose workflow has ended, in any way, is: the table
 * decides which deliveries wait.
 */
export function startHandingOver(
  { channels, deliveries, pollMs }: Pick<OpenDeliveries, 'channels' | 'deliveries' | 'pollMs'>,
  { client, installation, reports }: HandOverOptions,
): Repetition {
  const { id, taskQueue } = installation
  const start = async (key: string, channel: DeliveryChannel): Promise<void> => {
    const starting = client.workflow.start<typeof deliver>('deliver', {
      workflowId: deliveryId(key, id),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      taskQueue,
      args: [{ key, queue: queueOf(taskQueue, channel) }],
      staticSummary: `Delivers by ${channel}`,
    })
    await starting.catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    })
  }

  /** Ends early at the signal, and with the first failure. */
  const startEach = (due: readonly DueDelivery[], left: Set<DueDelivery>, signal: AbortSignal): Promise<void> =>
    withOwnSignal(signal, async (ending) => {
      const startOne = async (delivery: DueDelivery): Promise<void> => {
        if (ending.signal.aborted) return
        try {
          await client.withDeadline(Date.now() + patienceMs, () => start(delivery.key, delivery.channel))
          left.delete(delivery)
        } catch (error) {
          ending.abort(error)
        }
      }
      await client.withAbortSignal(ending.signal, () => inParallel(due, atOnce, startOne))
      ending.signal.throwIfAborted()
    })

  return repeatWithBackOff({
    ...reports,
    backOff,
    work: async ({ signal }) => {
      const due = await deliveries.takeToHandOver(channels, batch, handedOverForMs)
      const left = new Set(due)
      try {
        await startEach(due, left, signal)
      } catch (error) {
        await deliveries.giveBack([...left].map(({ key }) => key))
        throw error
      }
      return due.length < batch ? pollMs : 0
    },
  })
}

type DueDelivery = Pick<Delivery, 'key' | 'channel'>

/** The schedule of an installation's daily reports, by its task queue. */
export const reportScheduleId = (taskQueue: string): string => `daily-report/${taskQueue}`

/**
 * Runs twice: where summer time begins at midnight there is no 00:05 that day. Published reports are not published
 * again.
 */
const calendars = [
  { hour: 0, minute: 5, comment: 'the day that is over' },
  { hour: 1, minute: 5, comment: 'where there was no 00:05' },
]

/**
 * Ensures that daily reports are published at 00:05 of the desk's time zone, by any process, and now where days have
 * passed meanwhile. Without reports there is no schedule.
 * @returns the time zone.
 */
async function scheduleReports(
  client: Client,
  taskQueue: string,
  reports: Pick<PublishReports, 'terms' | 'targets' | 'pending'> | undefined,
): Promise<string | undefined> {
  const scheduleId = reportScheduleId(taskQueue)
  const handle = client.schedule.getHandle(scheduleId)
  const [target] = reports?.targets ?? []
  if (!reports || !target) {
    await handle.delete().catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error
    })
    return undefined
  }
  const { timeZone } = await reports.terms()
  const spec = { calendars, timezone: timeZone }
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'publishReports',
    workflowId: scheduleId,
    taskQueue,
    args: [queueOf(taskQueue, target.channel)],
  }
  const policies = { overlap: 'BUFFER_ONE' as const, catchupWindow: '1 day' as const }
  try {
    await client.schedule.create({ scheduleId, spec, action, policies })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await handle.update((schedule) => ({ ...schedule, spec, action, policies }))
  }
  if (await reports.pending()) await handle.trigger()
  return timeZone
}

/**
 * How often an activity reports that its process is alive: when it falls silent, another one takes over within seconds.
 */
const aliveEveryMs = 3_000

/**
 * The activities of deliveries. Only the database records why a try failed: answers of receivers may name people, and
 * Temporal receives no names.
 */
function deliveryActivities({ deliveries, attempt, reports, leaseMs }: OpenDeliveries): DeliveryActivities {
  return {
    deliver: async (key) => {
      const delivery = await deliveries.take(key, leaseMs)
      if (!delivery) return becomeOf(await deliveries.stateOf(key))
      const context = Context.current()
      const alive = setInterval(() => context.heartbeat(), aliveEveryMs)
      const outcome = await attempt(delivery, context.cancellationSignal).finally(() => clearInterval(alive))
      if (typeof outcome === 'string') return becomeOf(outcome)
      throw notDelivered(outcome.againInMs)
    },
    publishReports: async () => (await reports?.publish()) ?? [],
  }
}

const notDelivered = (nextRetryDelay: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NotDelivered',
    message: 'not delivered yet; guichet deliveries tells why',
    nextRetryDelay,
  })

/**
 * The recorded outcome of an earlier try whose own answer was lost; a delivery that waits again by now is tried in a
 * second.
 */
function becomeOf(state: DeliveryState | undefined): 'delivered' | 'refused' | 'gone' {
  if (state === 'waiting') throw notDelivered(1_000)
  return state === undefined || state === 'dropped' ? 'gone' : state
}
