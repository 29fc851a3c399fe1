import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { DeliveryChannel } from '../../delivery/delivery.ts'
import type { OpenDeliveries } from '../../delivery/open-deliveries.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import type { Persistence } from '../../supervision/persistently.ts'
import { persistently } from '../../supervision/persistently.ts'
import { inParallel } from '../bridge/in-parallel.ts'
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
 * workflow runs, or has ended well, is started no second time; one that failed or was ended by hand is.
 */
export function startHandingOver(
  { channels, deliveries, pollMs }: OpenDeliveries,
  { client, taskQueue, reports }: HandOverOptions,
): Repetition {
  const start = async (key: string, channel: DeliveryChannel): Promise<void> => {
    const starting = client.workflow.start<typeof deliver>('deliver', {
      workflowId: `delivery/${key}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      taskQueue,
      args: [{ key, queue: queueOf(taskQueue, channel) }],
      staticSummary: `Delivers by ${channel}`,
    })
    await starting.catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    })
  }

  return persistently({
    ...reports,
    pauseMs,
    work: async () => {
      const due = await deliveries.takeToHandOver(channels, batch, handedOverForMs)
      const left = new Set(due)
      try {
        await inParallel(due, atOnce, async (delivery) => {
          await client.withDeadline(Date.now() + patienceMs, () => start(delivery.key, delivery.channel))
          left.delete(delivery)
        })
      } catch (error) {
        await deliveries.giveBack([...left].map(({ key }) => key))
        throw error
      }
      return due.length < batch ? pollMs : 0
    },
  })
}
