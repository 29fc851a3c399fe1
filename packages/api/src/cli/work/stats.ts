import { levelsOf, ticketStatuses } from '@guichet/domain'
import type {
  Aimed,
  DailyReport,
  LevelReport,
  ResponseTimesReport,
  TargetReport,
  TicketCounters,
} from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import type { ImportEntry } from '../../import/list-imports.ts'
import { openImports } from '../../import/list-imports.ts'
import type { Context } from '../context.ts'
import { period } from '../period.ts'
import { withEngineRepeatedly } from '../with-engine.ts'
import { oneLine } from '../report-fault.ts'
import { percent, spoken, table } from '../table.ts'
import { watchLag } from '../watch-lag.ts'

/** What the command line gives. */
export type Options = { readonly from?: string; readonly to?: string; readonly json?: boolean }

type Statistics = {
  readonly counters: TicketCounters
  readonly responseTimes: ResponseTimesReport
  readonly dailyReport: readonly DailyReport[]
  /** How each support level has done with the tickets that came to it in the period. */
  readonly levels: readonly LevelReport[]
  /** The imports that were begun and not completed: the clocks of their tickets stand still. */
  readonly openImports: readonly ImportEntry[]
}

/** Prints the counters, the response times and the daily report. */
export async function run(options: Options, context: Context): Promise<void> {
  const { stopped, ...statistics } = await withEngineRepeatedly(context, async (engine, signal) => {
    const { desk, runner, readModels } = engine
    const stopped = await watchLag(runner, context.terminal, { signal })
    const { policy } = await desk.terms()
    const { timeZone, targets } = policy
    const { first, last, ...range } = period(options, timeZone)
    const [counters, responseTimes, dailyReport, levels, open] = await Promise.all([
      readModels.tickets.counters(),
      readModels.responseTimes.report(range, targets, now()),
      readModels.dailyReport.days(first, last, timeZone),
      readModels.escalations.report(range, levelsOf(policy)),
      openImports(engine),
    ])
    return { counters, responseTimes, dailyReport, levels, openImports: open, stopped }
  })
  if (stopped) context.terminal.err(`warning ${stopped.code}: ${oneLine(stopped.message)} (${stopped.next})`)
  for (const line of options.json ? [JSON.stringify(statistics)] : inWords(statistics)) context.terminal.out(line)
}

const counted = ['total', ...ticketStatuses] as const

function inWords({ counters, responseTimes, dailyReport, levels, openImports: open }: Statistics): string[] {
  const { firstResponse, nextResponse, resolution, firstContact } = responseTimes
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
    table(levelColumns, levels.map(level)),
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
      dailyReport.map((day) => [
        day.day,
        ...[day.opened, day.agentReplies, day.customerReplies, day.resolved, day.reopened, day.closed].map(String),
        String(day.atEndOfDay.total - day.atEndOfDay.closed - day.atEndOfDay.resolved),
        spoken(day.medianFirstResponse),
      ]),
    ),
  ]
}

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
  const { count, overdue, unanswered, median, p90, target, share, targetShare, met, leftOut } = report
  const counts = [count, overdue, unanswered].map(String)
  const times = [median, p90, target].map(spoken)
  return [name, ...counts, ...times, percent(share), percent(targetShare), yesOrNo(met), String(leftOut)]
}

const levelColumns = [
  'level',
  'handled',
  'open',
  'average response',
  'solved',
  'escalated',
  'handed down',
  'solved in time',
  'average solution',
] as const

/** A figure, followed by its aim where there is one that is missed. */
const beside = ({ value, aim, met }: Aimed, words: (figure: number | null) => string): string =>
  met === false ? `${words(value)} (aim ${words(aim)})` : words(value)

function level(report: LevelReport): string[] {
  const { handled, open, averageResponse, solvedShare, escalatedShare, handedDown, solvedInTimeShare } = report
  return [
    String(report.level),
    String(handled),
    String(open),
    beside(averageResponse, spoken),
    beside(solvedShare, percent),
    beside(escalatedShare, percent),
    String(handedDown),
    beside(solvedInTimeShare, percent),
    spoken(report.averageSolution),
  ]
}

const yesOrNo = (met: boolean | null): string => (met === null ? '–' : met ? 'yes' : 'no')
