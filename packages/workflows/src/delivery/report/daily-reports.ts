import type { DailyReport } from '@guichet/projections'

/** Where the daily reports go. */
export type ReportTarget = { readonly channel: 'webhook' } | { readonly channel: 'email'; readonly address: string }

/** What the daily reports are made of, and where they go. */
export type DailyReports = {
  /** The desk's own, IANA: a day ends at its midnight. */
  readonly timeZone: string
  /** The language of e-mails. */
  readonly language: string
  readonly targets: readonly ReportTarget[]
  /** One report per day from `first` to `last`, both included. */
  days(first: string, last: string): Promise<readonly DailyReport[]>
  /** Whether the reports count every event that has been stored by now; it may wait a while for that. */
  complete(): Promise<boolean>
}
