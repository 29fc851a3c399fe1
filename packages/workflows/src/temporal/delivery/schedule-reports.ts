import type { Client } from '@temporalio/client'
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client'
import type { PublishReports } from '../../delivery/report/publish-reports.ts'
import { queueOf } from './hand-over.ts'

/** The schedule of an installation's daily reports, by its task queue. */
export const reportScheduleId = (taskQueue: string): string => `daily-report/${taskQueue}`

/** Looked at twice: where summer time begins at midnight there is no 00:05 that day. What is published already is not again. */
const calendars = [
  { hour: 0, minute: 5, comment: 'the day that is over' },
  { hour: 1, minute: 5, comment: 'where there was no 00:05' },
]

/**
 * Sees to it that daily reports are published at 00:05 of the desk's time zone, whichever process does it, and now where days
 * went by meanwhile. Without reports there is no schedule.
 * @returns the time zone.
 */
export async function scheduleReports(
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
