import {
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { WorkflowState } from './clock-state.ts'
import { changedAttributes, isClocked } from './clock-state.ts'

/** The activities of a clock. */
export type ClockActivities = {
  /**
   * Lets take effect what is due on a stream at an instant, or earlier, and notes that its next clock is to be started.
   * @returns what stands on a stream that is to have no clock any more; undefined where it has one.
   */
  fireDue(due: { readonly stream: string; readonly dueAt?: string }): Promise<WorkflowState | undefined>
}

/** What is done when a deadline has come, under its name in the UI. */
const activitiesFor = (summary: string) => ({
  /** The first try happens within the workflow's own task: one that works costs the server nothing else. */
  atOnce: proxyLocalActivities<ClockActivities>({
    startToCloseTimeout: '5 seconds',
    retry: { maximumAttempts: 1 },
    summary,
  }),
  again: proxyActivities<ClockActivities>({
    startToCloseTimeout: '20 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
    summary,
  }),
})

/**
 * The clock of one stream, for as long as the stream stands as it was started with: its start is delayed until the next deadline, which
 * it lets take effect. Whatever changes meanwhile replaces it by another run, so that no run executes code for longer than
 * a deadline takes. On a stream without a clock it only leaves the last labels behind.
 */
export async function deadlineClock(start: WorkflowState): Promise<void> {
  if (!isClocked(start)) return
  const [next] = start.deadlines
  const { stream } = start
  const { atOnce, again } = activitiesFor(next ? `${next.kind} due ${next.dueAt}` : 'nothing falls due')
  const due = { stream, ...(next && { dueAt: next.dueAt }) }
  let last: WorkflowState | undefined
  try {
    last = await atOnce.fireDue(due)
  } catch (error) {
    if (isCancellation(error)) throw error
    last = await again.fireDue(due)
  }
  const changed = last ? changedAttributes(start, last) : []
  if (changed.length > 0) upsertSearchAttributes(changed)
}

/** What a schedule lets happen from time to time. */
export type ReconcilerActivities = {
  /** Compares the clocks that run with the deadlines that stand, and repairs both directions. */
  reconcile(): Promise<Reconciled>
}

/** How many streams had no clock, or one that waited for another instant, and how many clocks had nothing to wait for. */
export type Reconciled = { readonly unattended: number; readonly orphans: number }

const { reconcile } = proxyActivities<ReconcilerActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  summary: 'compares clocks with deadlines',
})

/** One comparison of clocks with deadlines; an attempt that breaks off is continued where it was by the next one. */
export async function reconcileClocks(): Promise<Reconciled> {
  return reconcile()
}

/** What is done for deliveries, on the queue of their channel. */
export type DeliveryActivities = {
  /** Tries one delivery by its key, if it waits; fails when it is to be tried again. Answers `gone` when there is none any more. */
  deliver(key: string): Promise<'delivered' | 'refused' | 'gone'>
  /** Publishes the reports of the days that are over; answers the days. */
  publishReports(): Promise<readonly string[]>
}

/** What a delivery is told at its start: no personal data. */
type DeliverInput = {
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
