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
   * Fires the deadlines of a stream that are due at an instant, or earlier, and records that its next clock is to be
   * started.
   * @returns the state of a stream that no longer needs a clock; undefined where it needs one.
   */
  fireDue(due: { readonly stream: string; readonly dueAt?: string }): Promise<WorkflowState | undefined>
}

/** The activities of a due deadline, under its name in the UI. */
const activitiesFor = (summary: string) => ({
  /** The first try happens within the workflow's own task: a successful one costs the server nothing else. */
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
 * The clock of one stream, for as long as the stream keeps the state with which it was started. Its start is delayed
 * until the next deadline, which it fires. Any change meanwhile replaces it by another run, so that no run executes
 * code for longer than a deadline takes. On a stream without a clock it only leaves the last labels behind.
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

/** The activities of a regular schedule. */
export type ReconcilerActivities = {
  /** Compares the running clocks with the outstanding deadlines, and repairs both directions. */
  reconcile(): Promise<ReconciliationCounts>
}

/**
 * How many streams had no clock, or one that waited for another instant, and how many clocks had nothing to wait for.
 */
export type ReconciliationCounts = { readonly unattended: number; readonly orphans: number }

const { reconcile } = proxyActivities<ReconcilerActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  summary: 'compares clocks with deadlines',
})

/** One comparison of clocks with deadlines; the next attempt continues where a broken one stopped. */
export async function reconcileClocks(): Promise<ReconciliationCounts> {
  return reconcile()
}

/** The activities of deliveries, on the queue of their channel. */
export type DeliveryActivities = {
  /**
   * Tries one delivery by its key, if it waits; fails when it is to be retried. Returns `gone` when it no longer
   * exists.
   */
  deliver(key: string): Promise<'delivered' | 'refused' | 'gone'>
  /** Publishes the reports of the days that are over; returns the days. */
  publishReports(): Promise<readonly string[]>
}

/** The input of a delivery: no personal data. */
type DeliverInput = {
  readonly key: string
  /** The task queue of its channel. */
  readonly queue: string
}

/**
 * One delivery: tried until it has arrived. It fails when it is refused, so that it is found among the failed
 * workflows.
 */
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

/** Runs by a schedule when a day of the desk is over. */
export async function publishReports(queue: string): Promise<readonly string[]> {
  const activities = proxyActivities<DeliveryActivities>({
    taskQueue: queue,
    startToCloseTimeout: '2 minutes',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
    summary: 'publishes the reports of the days that are over',
  })
  return activities.publishReports()
}
