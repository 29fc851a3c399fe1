import type { Pool } from 'pg'
import type { Instant, LanguageWording } from '@guichet/domain'
import {
  english as englishWording,
  french as frenchWording,
  instant,
  later,
  minutes,
  ticketStatuses,
} from '@guichet/domain'
import type { DailyReport, DayOf } from '@guichet/projections'
import { daysIn } from '@guichet/projections'
import { deliveryRows, recordDeliveries } from './deliveries.ts'
import type { DailyReports, Delivery, ReportTarget, ReportTerms } from './delivery.ts'
import { deliveryKey } from './delivery.ts'

/** The read model does not yet contain all events: retry later. */
export class ReportsIncomplete extends Error {
  override readonly name = 'ReportsIncomplete'
}

/** Publishes the reports of the days that are over. */
export type PublishReports = Pick<DailyReports, 'terms' | 'targets'> & {
  /** The last day that is over now, in the desk's time zone. */
  lastFinishedDay(): Promise<string>
  /** Whether a finished day was not published yet; false at the very first call. */
  pending(): Promise<boolean>
  /**
   * Records a delivery for each target and each finished day that was not published yet, the latest 31 at most; none at
   * the very first call. Two concurrent processes record the same as one.
   * @returns the days.
   * @throws ReportsIncomplete while the read model is behind; the database's errors.
   */
  publish(): Promise<readonly string[]>
}

/**
 * The daily reports of a desk, recorded among the deliveries of its database under keys that are made of its own id,
 * `desk`. `now` decides, in the desk's time zone, whether a day is over.
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

/** The day up to which reports were published; at the very first call, the last finished day. */
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

/** A day is over five minutes after its midnight: events stored at its last moment are readable by then. */
const afterMidnight = minutes(5)

/** The most days that are published at once. */
const mostDays = 31

/** The last day that is over at an instant, `YYYY-MM-DD`. */
export const lastFinishedDay = (now: Instant, dayOf: DayOf): string => plusDays(dayOf(later(now, -afterMidnight)), -1)

/** The days to publish: after the last one published, at most the latest 31; undefined when there are none. */
export function unpublishedDays(
  publishedUntil: string,
  lastFinished: string,
): { readonly first: string; readonly last: string } | undefined {
  if (publishedUntil >= lastFinished) return undefined
  const next = plusDays(publishedUntil, 1)
  const earliest = plusDays(lastFinished, 1 - mostDays)
  return { first: next > earliest ? next : earliest, last: lastFinished }
}

function plusDays(day: string, days: number): string {
  const moved = new Date(`${day}T00:00:00.000Z`)
  moved.setUTCDate(moved.getUTCDate() + days)
  return moved.toISOString().slice(0, 10)
}

type Words = {
  title(day: string): string
  readonly counts: Readonly<Record<keyof Counts, string>>
  readonly atEndOfDay: string
  readonly statuses: LanguageWording['statuses']
  readonly total: string
  readonly medianFirstResponse: string
  readonly minutes: string
}

type Counts = Omit<DailyReport, 'day' | 'atEndOfDay' | 'medianFirstResponse'>

const english: Words = {
  statuses: englishWording.statuses,
  title: (day) => `Daily report of ${day}`,
  counts: {
    opened: 'Opened',
    agentReplies: 'Replies of agents',
    customerReplies: 'Replies of customers',
    resolved: 'Resolved',
    reopened: 'Reopened',
    closed: 'Closed',
    closedUnanswered: '… for want of a reply',
    spam: '… as spam',
    chases: 'Chases sent',
    stagnations: 'Alerts of stagnation',
  },
  atEndOfDay: 'At the end of the day',
  total: 'total',
  medianFirstResponse: 'Median time to the first response',
  minutes: 'min',
}

const french: Words = {
  statuses: frenchWording.statuses,
  title: (day) => `Rapport du ${day}`,
  counts: {
    opened: 'Tickets ouverts',
    agentReplies: 'Réponses des agents',
    customerReplies: 'Réponses des clients',
    resolved: 'Résolus',
    reopened: 'Rouverts',
    closed: 'Fermés',
    closedUnanswered: '… faute de réponse',
    spam: '… comme spam',
    chases: 'Relances envoyées',
    stagnations: 'Alertes de stagnation',
  },
  atEndOfDay: 'En fin de journée',
  total: 'total',
  medianFirstResponse: 'Délai médian de première réponse',
  minutes: 'min',
}

/** The texts of the report, by language. */
export const reportWords: Readonly<Record<'fr' | 'en', Words>> = { fr: french, en: english }

/** A daily report as text, for an e-mail: in French, or in English for every other language. */
export function reportInWords(
  report: DailyReport,
  language: string,
): { readonly language: string; readonly title: string; readonly message: string } {
  const reportLanguage = /^fr\b/.test(language) ? 'fr' : 'en'
  const words = reportWords[reportLanguage]
  const counts = (Object.keys(words.counts) as (keyof Counts)[]).map((key) => `${words.counts[key]}: ${report[key]}`)
  const { total, ...statuses } = report.atEndOfDay
  const ends = ticketStatuses.map((status) => `${words.statuses[status]} ${statuses[status]}`)
  const median = report.medianFirstResponse
  return {
    language: reportLanguage,
    title: words.title(report.day),
    message: [
      ...counts,
      '',
      `${words.atEndOfDay}: ${[...ends, `${words.total} ${total}`].join(', ')}`,
      ...(median === null ? [] : [`${words.medianFirstResponse}: ${Math.round(median / 60_000)} ${words.minutes}`]),
    ].join('\n'),
  }
}
