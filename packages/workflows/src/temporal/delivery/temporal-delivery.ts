import { migrateSchema } from '@guichet/eventstore'
import type { DeliveryEngine, DeliveryOptions } from '../../delivery/delivery-engine.ts'
import { openDeliveries } from '../../delivery/open-deliveries.ts'
import { listenToRuntime } from '../connection/runtime.ts'
import type { TemporalAddress } from '../connection/temporal-connection.ts'
import { openClient, openConnection, temporalAddress } from '../connection/temporal-connection.ts'
import { reportsOf } from '../connection/reports.ts'
import { periodically } from '../../supervision/periodically.ts'
import { untilDone } from '../connection/until-done.ts'
import type { Log } from '../connection/watch.ts'
import { watchServer } from '../connection/watch.ts'
import { readInstallation } from '../installation.ts'
import { temporalSchema } from '../schema.ts'
import { startWorker } from '../worker/supervised-worker.ts'
import { deliveryActivities } from './delivery-activities.ts'
import { queueOf, startHandingOver } from './hand-over.ts'
import { scheduleReports } from './schedule-reports.ts'

export type TemporalDeliveryOptions = DeliveryOptions & {
  /** Where Temporal is; by default what the environment says, in the SDK's own variables. */
  readonly temporal?: TemporalAddress
  /** Hears, in a line each, what of its own work fails while the server as such is well: of the server itself the clock tells. */
  readonly log?: Log
}

/**
 * Delivers by workflows on Temporal, one per delivery, and publishes daily reports on a schedule. The workflows themselves run
 * on the worker of `temporalClock`, which is to run beside it; what is sent runs on workers of its own, one per channel. Creates
 * or updates its part of the schema `guichet_workflows` first; without transports it only sees to it that no schedule
 * is left. Temporal may be away, at
 * the start as later. An engine that was stopped is done: open another one.
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
