import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning } from '@temporalio/client'
import type { Installation } from '../installation.ts'

/**
 * Sees to it that the clocks are compared with the deadlines now and then every so many milliseconds, whichever process does
 * it.
 */
export async function scheduleReconciler(client: Client, installation: Installation, everyMs: number): Promise<void> {
  const { taskQueue } = installation
  const scheduleId = `reconcile-clocks/${taskQueue}`
  const spec = { intervals: [{ every: everyMs }] }
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'reconcileClocks',
    workflowId: scheduleId,
    taskQueue,
  }
  const policies = { overlap: 'SKIP' as const, catchupWindow: '1 minute' as const }
  try {
    await client.schedule.create({ scheduleId, spec, action, policies, state: { triggerImmediately: true } })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    const handle = client.schedule.getHandle(scheduleId)
    await handle.update((schedule) => ({ ...schedule, spec, action, policies }))
    await handle.trigger('SKIP')
  }
}
