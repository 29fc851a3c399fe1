import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import { countDays, daysBetween, isCalendarDay, mostReportDays } from '../days.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { TicketCounters } from '../tickets/ticket-query.ts'
import type { Happening, StatusColumn } from './model.ts'
import { happenings, statusColumns } from './model.ts'

type SelectedRow = { readonly day: string; readonly median: number | null } & Readonly<
  Record<Happening | StatusColumn, string>
>

const named = (columns: readonly string[]) => sql.join(columns.map((column) => sql.id(column)))

/** Queries the live generation of the daily report. */
export function dailyReportQueries(reader: Reader): DailyReportQueries {
  const read = sql.id(readSchema)
  return {
    days: async (first, last, timeZone) => {
      assertDays(first, last)
      const { days, bounds } = daysBetween(first, last, timeZone)
      const [begins, ends] = [bounds[0], bounds.at(-1)]
      const during = (at: string) =>
        sql`${sql.id(at)} >= ${begins}::timestamptz and ${sql.id(at)} < ${ends}::timestamptz`
      const dayOf = (at: string) => sql`width_bucket(${sql.id(at)}, ${bounds}::timestamptz[])`
      const listed = (columns: readonly string[], each: (column: RawBuilder<unknown>) => RawBuilder<unknown>) =>
        sql.join(columns.map((column) => sql`${each(sql.id(column))} as ${sql.id(column)}`))
      const rows = await reader.rows(sql<SelectedRow>`
        with before as (
          select ${listed(statusColumns, (column) => sql`coalesce(sum(${column}), 0)`)} from (
            select ${named(statusColumns)} from ${read}.utc_day_count
            where day < (${begins}::timestamptz at time zone 'UTC')::date
            union all
            select ${named(statusColumns)} from ${read}.quarter_count
            where quarter >= date_trunc('day', ${begins}::timestamptz, 'UTC') and quarter < ${begins}::timestamptz
          ) counted
        ), counted as (
          select ${dayOf('quarter')} as n, ${listed([...happenings, ...statusColumns], (column) => sql`sum(${column})`)}
          from ${read}.quarter_count where ${during('quarter')} group by n
        ), answered as (
          select ${dayOf('at')} as n, percentile_cont(0.5) within group (order by response) as median
          from ${read}.daily_first_response where ${during('at')} group by n
        )
        select d.day, a.median,
          ${listed(happenings, (column) => sql`coalesce(c.${column}, 0)`)},
          ${listed(statusColumns, (column) => sql`b.${column} + coalesce(sum(c.${column}) over (order by d.n), 0)`)}
        from unnest(${days}::text[]) with ordinality d (day, n)
        cross join before b
        left join counted c on c.n = d.n
        left join answered a on a.n = d.n
        order by d.n`)
      return rows.map(toReport)
    },
  }
}

function assertDays(first: string, last: string): void {
  for (const day of [first, last]) {
    if (!isCalendarDay(day)) throw new RangeError(`not a day such as 2026-03-29: ${day}`)
  }
  const days = countDays(first, last)
  if (days > mostReportDays) throw new RangeError(`at most ${mostReportDays} days at once, not ${days}`)
}

function toReport(row: SelectedRow): DailyReport {
  const ends = ticketStatuses.map((status) => [status, Number(row[`now_${status}`])] as const)
  return {
    day: row.day,
    opened: Number(row.opened),
    agentReplies: Number(row.agent_replies),
    customerReplies: Number(row.customer_replies),
    resolved: Number(row.resolved),
    reopened: Number(row.reopened),
    closed: Number(row.closed),
    closedUnanswered: Number(row.closed_unanswered),
    spam: Number(row.spam),
    chases: Number(row.chases),
    stagnations: Number(row.stagnations),
    atEndOfDay: {
      ...(Object.fromEntries(ends) as Record<TicketStatus, number>),
      total: ends.reduce((sum, [, tickets]) => sum + tickets, 0),
    } satisfies TicketCounters,
    medianFirstResponse: row.median === null ? null : Math.round(row.median),
  }
}

/** 003's daily report: the events of one day of a time zone, and the state at its end. */
export type DailyReport = {
  /** `YYYY-MM-DD` in that time zone. */
  readonly day: string
  readonly opened: number
  readonly agentReplies: number
  readonly customerReplies: number
  readonly resolved: number
  readonly reopened: number
  readonly closed: number
  readonly closedUnanswered: number
  readonly spam: number
  readonly chases: number
  readonly stagnations: number
  /** Tickets by status at the end of the day. */
  readonly atEndOfDay: TicketCounters
  /** Median time to first response of the tickets first answered that day, in milliseconds. */
  readonly medianFirstResponse: number | null
}

/** The queries on the daily report. */
export type DailyReportQueries = {
  /**
   * One report per day of an IANA time zone from `first` to `last`, both included, at most 400 days. All days are those
   * of this zone, whatever the desk's was when an event happened.
   * @throws RangeError when a day is not `YYYY-MM-DD`, when there are more than 400, or when there is no such time
   * zone.
   */
  days(first: string, last: string, timeZone: string): Promise<readonly DailyReport[]>
}
