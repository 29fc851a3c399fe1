import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { Delivery, DeliveryChannel } from '../../delivery/delivery.ts'
import type { OpenDeliveries } from '../../delivery/open-deliveries.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import type { RepeatedWork } from '../../supervision/repeat-with-back-off.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'
import { inParallel } from '../../supervision/in-parallel.ts'
import { withOwnSignal } from '../../supervision/with-own-signal.ts'
import { shortOf } from '../clock-state.ts'
import type { Installation } from '../installation.ts'
import type { deliver } from '../workflow/deliver.ts'

/** The task queue of what is delivered on a channel: a receiver that is away holds up its own channel alone, and no clock. */
export const queueOf = (taskQueue: string, channel: DeliveryChannel): string => `${taskQueue}-${channel}`

const batch = 200
const atOnce = 16
const patienceMs = 10_000
const backOff = { first: 500, last: 30_000 }

/** What the workflow of a delivery is called: databases that share a namespace may have deliveries of the same key. */
export const deliveryId = (key: string, installation: string): string => `delivery/${shortOf(installation)}/${key}`

export type HandOverOptions = {
  readonly client: Client
  readonly installation: Installation
  /** How it waits for the server, and tells of what fails. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
}

/** After how long a delivery of which nothing has been heard is handed over again, in case its workflow was lost. */
const handedOverForMs = 600_000

/**
 * Starts a workflow for each delivery that is due, at least once. While Temporal is away they wait in the table. One whose
 * workflow runs is started no second time; one whose workflow has ended, however it did, is: the table is right about what waits.
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
  const startEach = (due: readonly Due[], left: Set<Due>, signal: AbortSignal): Promise<void> =>
    withOwnSignal(signal, async (ending) => {
      const startOne = async (delivery: Due): Promise<void> => {
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

type Due = Pick<Delivery, 'key' | 'channel'>
