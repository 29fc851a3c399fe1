import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { setMaxListeners } from 'node:events'
import type { Delivery, DeliveryChannel } from '../../delivery/delivery.ts'
import type { OpenDeliveries } from '../../delivery/open-deliveries.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import type { Persistence } from '../../supervision/persistently.ts'
import { persistently } from '../../supervision/persistently.ts'
import { inParallel } from '../../supervision/in-parallel.ts'
import type { deliver } from '../workflow/deliver.ts'

/** The task queue of what is delivered on a channel: a receiver that is away holds up its own channel alone, and no clock. */
export const queueOf = (taskQueue: string, channel: DeliveryChannel): string => `${taskQueue}-${channel}`

const batch = 200
const atOnce = 16
const patienceMs = 10_000
const pauseMs = { first: 500, longest: 30_000 }

export type HandOverOptions = {
  readonly client: Client
  readonly taskQueue: string
  /** How it waits for the server, and tells of what fails. */
  readonly reports: Pick<Persistence, 'ready' | 'failed' | 'recovered'>
}

/** After how long a delivery of which nothing has been heard is handed over again, in case its workflow was lost. */
const handedOverForMs = 600_000

/**
 * Starts a workflow for each delivery that is due, at least once. While Temporal is away they wait in the table. One whose
 * workflow runs is started no second time; one whose workflow has ended, however it did, is: the table is right about what waits.
 */
export function startHandingOver(
  { channels, deliveries, pollMs }: Pick<OpenDeliveries, 'channels' | 'deliveries' | 'pollMs'>,
  { client, taskQueue, reports }: HandOverOptions,
): Repetition {
  const start = async (key: string, channel: DeliveryChannel): Promise<void> => {
    const starting = client.workflow.start<typeof deliver>('deliver', {
      workflowId: `delivery/${key}`,
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
  const startEach = async (due: readonly Due[], left: Set<Due>, signal: AbortSignal): Promise<void> => {
    const failing = new AbortController()
    const ending = AbortSignal.any([signal, failing.signal])
    setMaxListeners(0, ending)
    const startOne = async (delivery: Due): Promise<void> => {
      if (ending.aborted) return
      try {
        await client.withDeadline(Date.now() + patienceMs, () => start(delivery.key, delivery.channel))
        left.delete(delivery)
      } catch (error) {
        failing.abort(error)
      }
    }
    await client.withAbortSignal(ending, () => inParallel(due, atOnce, startOne))
    ending.throwIfAborted()
  }

  return persistently({
    ...reports,
    pauseMs,
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

type Due = Pick<Delivery, 'key' | 'channel'>
