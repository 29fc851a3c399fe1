import type { DailyReport } from '@guichet/projections'

/** Where the daily reports go. */
export type ReportTarget = { readonly channel: 'webhook' } | { readonly channel: 'email'; readonly address: string }

export type ReportTerms = {
  /** The desk's own, IANA: a day ends at its midnight. */
  readonly timeZone: string
  /** The language of e-mails. */
  readonly language: string
}

/** What the daily reports are made of, and where they go. */
export type DailyReports = {
  /** The terms of the desk as they are now. */
  terms(): Promise<ReportTerms>
  readonly targets: readonly ReportTarget[]
  /** One report per day of the time zone from `first` to `last`, both included. */
  days(first: string, last: string, timeZone: string): Promise<readonly DailyReport[]>
  /** Whether the reports count every event that has been stored by now; it may wait a while for that. */
  complete(): Promise<boolean>
}
