import { ApplicationFailure, proxyActivities } from '@temporalio/workflow'

/** What is done for deliveries, on the queue of their channel. */
export type DeliveryActivities = {
  /** Tries one delivery by its key, if it waits; fails when it is to be tried again. Answers `gone` when there is none any more. */
  deliver(key: string): Promise<'delivered' | 'refused' | 'gone'>
  /** Publishes the reports of the days that are over; answers the days. */
  publishReports(): Promise<readonly string[]>
}

/** What a delivery is told at its start: no personal data. */
export type DeliverInput = {
  readonly key: string
  /** The task queue of its channel. */
  readonly queue: string
}

/** One delivery: tried until it has arrived. It fails when it is refused, so that it is found among what failed. */
export async function deliver({ key, queue }: DeliverInput): Promise<'delivered' | 'gone'> {
  const activities = proxyActivities<DeliveryActivities>({
    taskQueue: queue,
    startToCloseTimeout: '45 seconds',
    heartbeatTimeout: '15 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
    summary: `delivers ${key}`,
  })
  const outcome = await activities.deliver(key)
  if (outcome === 'refused') {
    throw ApplicationFailure.nonRetryable('refused; guichet deliveries tells why', 'DeliveryRefused')
  }
  return outcome
}

/** What a schedule lets happen when a day of the desk is over. */
export async function publishReports(queue: string): Promise<readonly string[]> {
  const activities = proxyActivities<DeliveryActivities>({
    taskQueue: queue,
    startToCloseTimeout: '2 minutes',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
    summary: 'publishes the reports of the days that are over',
  })
  return activities.publishReports()
}
