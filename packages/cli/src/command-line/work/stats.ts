import { levelsOf, ticketStatuses } from '@guichet/domain'
import type {
  DailyReport,
  LevelReport,
  ReadModels,
  ResponseTimesReport,
  TargetReport,
  TicketCounters,
} from '@guichet/projections'
import { mostReportDays } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import type { ImportEntry } from '@guichet/import'
import { openImports } from '@guichet/import'
import type { Context } from '../context.ts'
import { percent, period, pieces, formatElapsed, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'
import { levelTable } from './levels.ts'

/** The options of the command. */
export type StatsOptions = { readonly from?: string; readonly to?: string; readonly json?: boolean }

type Statistics = {
  readonly counters: TicketCounters
  readonly responseTimes: ResponseTimesReport
  readonly dailyReport: readonly DailyReport[]
  /** The figures of each support level for the tickets that reached it in the period. */
  readonly levels: readonly LevelReport[]
  /** The incomplete imports: the clocks of their tickets are paused. */
  readonly openImports: readonly ImportEntry[]
}

/** Prints the counters, the response times, the figures of the support levels and the daily report. */
export async function runStats(options: StatsOptions, context: Context): Promise<void> {
  const statistics = await askReadModels(context, async (engine) => {
    const { desk, readModels } = engine
    const { policy } = await desk.terms()
    const { timeZone } = policy
    const { first, last, ...range } = period(options, timeZone)
    const [counters, responseTimes, dailyReport, levels, open] = await Promise.all([
      readModels.tickets.counters(),
      readModels.responseTimes.report(range, policy, now()),
      dailyReports(readModels, pieces(first, last), timeZone),
      readModels.escalations.report(range, levelsOf(policy)),
      openImports(engine),
    ])
    return { counters, responseTimes, dailyReport, levels, openImports: open }
  })
  for (const line of options.json ? [JSON.stringify(statistics)] : inWords(statistics)) context.terminal.out(line)
}

/** Queries one piece after the other, so that a long period does not load the database more. */
async function dailyReports(
  { dailyReport }: ReadModels,
  parts: ReturnType<typeof pieces>,
  timeZone: string,
): Promise<readonly DailyReport[]> {
  const days: DailyReport[] = []
  for (const { first, last } of parts) days.push(...(await dailyReport.days(first, last, timeZone)))
  return days
}

const counted = ['total', ...ticketStatuses] as const

function inWords({ counters, responseTimes, dailyReport, levels, openImports: open }: Statistics): string[] {
  const { firstResponse, nextResponse, resolution, firstContact } = responseTimes
  const shownDays = dailyReport.length > mostReportDays ? dailyReport.filter(isEventful) : dailyReport
  const leftOut = dailyReport.length - shownDays.length
  return [
    table(counted, [counted.map((name) => String(counters[name]))]),
    ...open.map(
      ({ importId, source }) => `the import ${importId} of ${source} is not complete: see guichet imports status`,
    ),
    '',
    table(targetColumns, [
      target('first response', firstResponse),
      target('next response', nextResponse),
      target('resolution', resolution),
    ]),
    `solved at first contact: ${firstContact.resolvedAtFirstContact} of ${firstContact.count} (${percent(firstContact.share)}, aim more than ${percent(firstContact.targetShare)}, met: ${yesOrNo(firstContact.met)})`,
    '',
    levelTable(levels),
    '',
    table(
      [
        'day',
        'opened',
        'agent replies',
        'customer replies',
        'resolved',
        'reopened',
        'closed',
        'open at the end',
        'first response',
      ],
      shownDays.map((day) => [
        day.day,
        ...[day.opened, day.agentReplies, day.customerReplies, day.resolved, day.reopened, day.closed].map(String),
        String(day.atEndOfDay.total - day.atEndOfDay.closed - day.atEndOfDay.resolved),
        formatElapsed(day.medianFirstResponse),
      ]),
    ),
    ...(leftOut === 0 ? [] : [`${leftOut} days on which nothing happened are left out`]),
  ]
}

const isEventful = ({ opened, agentReplies, customerReplies, resolved, reopened, closed }: DailyReport): boolean =>
  opened + agentReplies + customerReplies + resolved + reopened + closed > 0

const targetColumns = [
  'response times',
  'count',
  'overdue',
  'unanswered',
  'median',
  '90 % within',
  'target',
  'kept',
  'aim',
  'met',
  'left out',
] as const

function target(name: string, report: TargetReport): string[] {
  const { count, overdue, unanswered, median, p90, target, share, targetShare, met, leftOut, calendar } = report
  const counts = [count, overdue, unanswered].map(String)
  const times = [median, p90, target].map(formatElapsed)
  const counted = calendar === null ? name : `${name}, on ${calendar}`
  return [counted, ...counts, ...times, percent(share), percent(targetShare), yesOrNo(met), String(leftOut)]
}

const yesOrNo = (met: boolean | null): string => (met === null ? '–' : met ? 'yes' : 'no')
