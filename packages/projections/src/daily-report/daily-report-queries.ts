import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { TicketCounters } from '../tickets/ticket-query.ts'
import type { DailyReport, DailyReportQueries } from './daily-report-query.ts'
import type { Happening, StatusColumn } from './day-counts.ts'
import { happenings } from './day-counts.ts'
import { countDays, isCalendarDay, mostReportDays } from './calendar-days.ts'

type Selected = { readonly day: string; readonly median: number | null } & Readonly<
  Record<Happening | StatusColumn, string>
>

/** Asks the live generation of the daily report. */
export function dailyReportQueries(reader: Reader): DailyReportQueries {
  const read = sql.id(readSchema)
  return {
    /** @throws RangeError when a day is no `YYYY-MM-DD`, or when there are more than 400 of them. */
    days: async (first, last) => {
      assertDays(first, last)
      const counted = happenings.map((column) => sql`coalesce(c.${sql.id(column)}, 0) as ${sql.id(column)}`)
      const ends = ticketStatuses.map((status) => {
        const column = sql.id(`now_${status}`)
        return sql`b.${column} + coalesce(sum(c.${column}) over (order by d.day), 0) as ${column}`
      })
      const before = ticketStatuses.map((status) => {
        const column = sql.id(`now_${status}`)
        return sql`coalesce(sum(${column}), 0) as ${column}`
      })
      const rows = await reader.rows(sql<Selected>`
        select to_char(d.day, 'YYYY-MM-DD') as day, ${sql.join(counted)}, ${sql.join(ends)}, f.median
        from (
          select day::date from generate_series(${first}::date::timestamp, ${last}::date::timestamp, '1 day') day
        ) d
        cross join (select ${sql.join(before)} from ${read}.daily_count where day < ${first}::date) b
        left join ${read}.daily_count c on c.day = d.day
        left join (
          select day, percentile_cont(0.5) within group (order by response) as median
          from ${read}.daily_first_response where day between ${first}::date and ${last}::date
          group by day
        ) f on f.day = d.day
        order by d.day`)
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

function toReport(row: Selected): DailyReport {
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
