import type { PublishReports } from '../../delivery/report/publish-reports.ts'
import { ReportsIncomplete } from '../../delivery/report/publish-reports.ts'
import type { OnError } from '../../supervision/on-error.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import { periodically } from '../../supervision/periodically.ts'

/**
 * Publishes the daily reports whenever another day of the desk is over. The time is looked at, not waited for: what the
 * machine's clock does, or a machine that slept, makes a report late and never lost. The database is asked once a day.
 */
export function followDays(reports: PublishReports, everyMs: number, onError: OnError): Repetition {
  let seen = ''
  const look = async (): Promise<void> => {
    const day = await reports.lastFinishedDay()
    if (day === seen) return
    await reports.publish()
    seen = day
  }
  return periodically(everyMs, look, (error) => {
    if (!(error instanceof ReportsIncomplete)) onError(error, 'publishing the daily reports')
  })
}
