import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'
import { daysIn } from '@guichet/projections'
import type { Pool } from 'pg'
import type { Delivery } from '../delivery.ts'
import { deliveryKey } from '../delivery.ts'
import { deliveryRows, recordDeliveries } from '../record.ts'
import type { DailyReports, ReportTarget, ReportTerms } from './daily-reports.ts'
import { lastFinishedDay, unpublishedDays } from './finished-days.ts'
import { reportInWords } from './report-text.ts'

/** The read model does not yet hold all that happened: to be tried again. */
export class ReportsIncomplete extends Error {
  override readonly name = 'ReportsIncomplete'
}

/** Publishes the reports of the days that are over. */
export type PublishReports = Pick<DailyReports, 'terms' | 'targets'> & {
  /** The last day that is over now, in the desk's time zone. */
  lastFinishedDay(): Promise<string>
  /** Whether a day is over that was not published yet; at the very first call none is. */
  pending(): Promise<boolean>
  /**
   * Records a delivery for each target and each day that is over and was not published yet, the latest 31 at most; at the very
   * first call for none. Two processes at once record what one does.
   * @returns the days.
   * @throws ReportsIncomplete while the read model is behind, what the database rejects with.
   */
  publish(): Promise<readonly string[]>
}

/**
 * The daily reports of a desk, recorded among the deliveries of its database under keys that are made of its own id, `desk`. A day is over
 * by `now` in the desk's time zone.
 */
export function publishingReports(pool: Pool, desk: string, reports: DailyReports, now: () => Instant): PublishReports {
  const { targets, terms } = reports
  const finishedIn = ({ timeZone }: ReportTerms): string => lastFinishedDay(now(), daysIn(timeZone))
  const unpublished = async (inForce: ReportTerms) => {
    const lastFinished = finishedIn(inForce)
    return unpublishedDays(await publishedUntil(pool, lastFinished), lastFinished)
  }
  return {
    terms,
    targets,
    lastFinishedDay: async () => finishedIn(await terms()),
    pending: async () => (await unpublished(await terms())) !== undefined,
    publish: async () => {
      const inForce = await terms()
      const days = await unpublished(inForce)
      if (!days) return []
      if (!(await reports.complete())) throw new ReportsIncomplete('the daily report is behind the events of its days')
      const made = await reports.days(days.first, days.last, inForce.timeZone)
      const at = instant(new Date())
      const deliveries = made.flatMap((report) =>
        targets.map((target) => deliveryOf(report, target, { ...inForce, desk, at })),
      )
      await record(pool, days.last, deliveries)
      return made.map(({ day }) => day)
    },
  }
}

/** Up to which day reports were published; up to the day that is the last finished one at the very first call. */
async function publishedUntil(pool: Pool, lastFinished: string): Promise<string> {
  const { rows } = await pool.query<{ day: string }>(
    `with begun as (
       insert into guichet_workflows.daily_report (published_until) values ($1::date)
       on conflict do nothing returning published_until
     )
     select to_char(published_until, 'YYYY-MM-DD') as day
     from (table begun union all select published_until from guichet_workflows.daily_report) as known`,
    [lastFinished],
  )
  return rows[0]?.day ?? publishedUntil(pool, lastFinished)
}

async function record(pool: Pool, until: string, deliveries: readonly Delivery[]): Promise<void> {
  await pool.query(
    `with recorded as (${recordDeliveries})
     update guichet_workflows.daily_report set published_until = greatest(published_until, $2::date)`,
    [deliveryRows(deliveries), until],
  )
}

type Terms = ReportTerms & { readonly desk: string; readonly at: Instant }

function deliveryOf(report: DailyReport, target: ReportTarget, { timeZone, language, desk, at }: Terms): Delivery {
  const id = `daily-report/${report.day}/${target.channel}`
  return {
    id,
    key: deliveryKey(desk, id),
    channel: target.channel,
    kind: 'daily_report',
    recipientId: undefined,
    content: {
      ...reportInWords(report, language),
      at,
      ...(target.channel === 'email' && { address: target.address }),
      report: { ...report, timeZone },
    },
  }
}
