import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant, ObjectivePolicy, TicketPolicy } from '@guichet/domain'
import { firstResponseTime, later, shareOf, sinceEpoch } from '@guichet/domain'
import type { Reader, TimeRange } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'

/** Ended intervals: answered or fulfilled, or ended without it. */
type MeasuredTimes = {
  readonly done: number
  readonly within: number
  readonly unanswered: number
  readonly quantiles: readonly number[] | null
}

/** Open intervals. */
type OpenCases = { readonly overdue: number; readonly waiting: number; readonly leftOut: number }

type Contact = {
  readonly solved: number
  readonly missed: number
  readonly waiting: number
  readonly leftOut: number
}

type SelectedRow = {
  readonly first: MeasuredTimes
  readonly first_open: OpenCases
  readonly next: MeasuredTimes
  readonly next_open: OpenCases
  readonly resolution: MeasuredTimes
  readonly resolution_open: OpenCases
  readonly contact: Contact
}

/**
 * Queries the live generation of the response times in one statement, so that all figures agree. Medians are
 * interpolated.
 */
export function responseTimesQueries(reader: Reader): ResponseTimesQueries {
  const read = sql.id(readSchema)
  return {
    report: async (range, policy, now) => {
      const { targets } = policy
      const firstDue = sinceEpoch(firstResponseTime(policy).subtract(Date.parse(now), targets.firstResponse))
      const [selected] = await reader.rows(sql<SelectedRow>`
        select
          ${measured('t.first_response', sql`t.first_answered`, targets.firstResponse)} as first,
          ${openCases('t.opened_at', sql`t.first_response is null`, firstDue)} as first_open,
          ${measured('t.resolution', sql`t.ending <> 'unanswered'`, targets.resolution)} as resolution,
          ${openCases('t.opened_at', sql`t.resolution is null`, later(now, -targets.resolution))} as resolution_open,
          ${firstContact} as contact,
          (
            select ${measured('n.response', sql`n.answered`, targets.nextResponse)}
            from ${read}.next_response n where ${during('n.asked_at', range)}
          ) as next,
          (
            select ${openCases('t.waiting_since', sql`t.waiting_since is not null`, later(now, -targets.nextResponse))}
            from ${read}.response_time t where ${during('t.waiting_since', range)}
          ) as next_open
        from ${read}.response_time t where ${during('t.opened_at', range)}`)
      if (!selected) throw new Error('an aggregate without groups has one row')
      return toReport(selected, targets)
    },
  }
}

function measured(column: string, answered: RawBuilder<unknown>, target: number): RawBuilder<unknown> {
  const took = sql.ref(column)
  return sql`json_build_object(
    'done', count(${took}) filter (where ${answered}),
    'within', count(*) filter (where ${answered} and ${took} < ${target}::bigint),
    'unanswered', count(${took}) filter (where not ${answered}),
    'quantiles', percentile_cont(array[0.5, 0.9]) within group (order by ${took}) filter (where ${answered})
  )`
}

/** @param due a wait that began at or before this instant is overdue */
function openCases(column: string, open: RawBuilder<unknown>, due: Instant): RawBuilder<unknown> {
  const isDue = sql`${sql.ref(column)} <= ${due}::timestamptz`
  return sql`json_build_object(
    'overdue', count(*) filter (where ${open} and t.ending is null and ${isDue}),
    'waiting', count(*) filter (where ${open} and t.ending is null and not ${isDue}),
    'leftOut', count(*) filter (where ${open} and t.ending = 'left_out')
  )`
}

const atFirstContact = sql`t.replies <= 1 and t.reopenings = 0`

const firstContact = sql`json_build_object(
  'solved', count(*) filter (where ${atFirstContact} and t.ending = 'solved'),
  'missed', count(*) filter (where not (${atFirstContact}) or t.ending in ('closed', 'unanswered')),
  'waiting', count(*) filter (where ${atFirstContact} and t.ending is null),
  'leftOut', count(*) filter (where ${atFirstContact} and t.ending = 'left_out')
)`

function during(column: string, { from, to }: TimeRange): RawBuilder<unknown> {
  const time = sql.ref(column)
  return sql`(${from ?? null}::timestamptz is null or ${time} >= ${from ?? null}::timestamptz)
    and (${to ?? null}::timestamptz is null or ${time} < ${to ?? null}::timestamptz)`
}

function toReport(selected: SelectedRow, targets: TicketPolicy['targets']): ResponseTimesReport {
  const { first, first_open, next, next_open, resolution, resolution_open, contact } = selected
  const { solved, missed, waiting, leftOut } = contact
  const contactShare = shareOf(solved, solved + missed)
  return {
    firstResponse: targetReport(first, first_open, targets.firstResponse, everyOne, targets.calendars?.firstResponse),
    nextResponse: targetReport(next, next_open, targets.nextResponse, everyOne),
    resolution: targetReport(resolution, resolution_open, targets.resolution, targets.resolutionShare),
    firstContact: {
      count: solved + missed,
      resolvedAtFirstContact: solved,
      share: contactShare,
      targetShare: targets.firstContactShare,
      met: contactShare === null ? null : contactShare > targets.firstContactShare,
      waiting,
      leftOut,
    },
  }
}

const everyOne = 1

function targetReport(
  over: MeasuredTimes,
  { overdue, waiting, leftOut }: OpenCases,
  target: number,
  aim: number,
  calendar?: string,
): TargetReport {
  const { done, within, unanswered } = over
  const [median = null, p90 = null] = over.quantiles ?? []
  const count = done + unanswered + overdue
  const reached = shareOf(within, count)
  return {
    count,
    median: whole(median),
    p90: whole(p90),
    withinTarget: within,
    overdue,
    unanswered,
    share: reached,
    target,
    calendar: calendar ?? null,
    targetShare: aim,
    met: reached === null ? null : reached >= aim,
    waiting,
    leftOut,
  }
}

/** Interpolation produces fractions of a millisecond. */
const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms))

/** Durations in milliseconds, shares from 0 to 1, null where nothing counts. */
type SharedTarget = {
  /** The number that counts: those that met the target, and those that missed it. */
  readonly count: number
  /** The share of `count` that met the target. */
  readonly share: number | null
  /** The share that 003 requires. */
  readonly targetShare: number
  readonly met: boolean | null
  /** Those that may still meet the target: not counted yet. */
  readonly waiting: number
  /** Those that were open when their ticket was closed as spam, merged, invalid or a duplicate: not counted. */
  readonly leftOut: number
}

/** How one target of 003 was met over a period. `count`, `waiting` and `leftOut` together are all cases. */
export type TargetReport = SharedTarget & {
  /** `median` and `p90` are those of the fulfilled cases. */
  readonly median: number | null
  readonly p90: number | null
  /** Fulfilled in less time than the target. */
  readonly withinTarget: number
  /** Not fulfilled yet, though the target has passed: already missed. */
  readonly overdue: number
  /** The ticket was closed while the customer waited for an answer: missed, however early that was. */
  readonly unanswered: number
  /** In milliseconds. */
  readonly target: number
  /** The calendar that its time is counted on; null around the clock. */
  readonly calendar: string | null
}

/** The response times of a period, against their targets. */
export type ResponseTimesReport = {
  /** From the opening to the first answer, of tickets opened in the period; 003: each within 2 hours. */
  readonly firstResponse: TargetReport
  /**
   * From a customer's message to the answer, of customer messages of the period after the first response, of several in
   * a row the first one; 003: each within 4 hours.
   */
  readonly nextResponse: TargetReport
  /** From the opening to the current end, of tickets opened in the period; 003: 80 % of them within 24 hours. */
  readonly resolution: TargetReport
  /** Of tickets opened in the period, those solved with one reply at most and never reopened; 003: more than 90 %. */
  readonly firstContact: SharedTarget & { readonly resolvedAtFirstContact: number }
}

/** By the rules R1 to R8 of docs/reference/reports.md. */
export type ResponseTimesQueries = {
  /**
   * @param policy whose targets count; the first response is counted on the calendar that they name for it
   * @param now the instant that decides whether an open case is overdue
   */
  report(range: TimeRange, policy: ObjectivePolicy, now: Instant): Promise<ResponseTimesReport>
}
