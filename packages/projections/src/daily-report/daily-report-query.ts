import type { TicketCounters } from '../tickets/ticket-query.ts'

/** 003's daily report: what happened on one day of a time zone, and how the day ended. */
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

export type DailyReportQueries = {
  /**
   * One report per day of an IANA time zone from `first` to `last`, both included, at most 400 days. All days are those of this
   * zone, whatever the desk's was when something happened.
   * @throws RangeError when a day is no `YYYY-MM-DD`, when there are more than 400 of them, when there is no such time zone.
   */
  days(first: string, last: string, timeZone: string): Promise<readonly DailyReport[]>
}
