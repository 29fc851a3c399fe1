import { proxyActivities } from '@temporalio/workflow'

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
