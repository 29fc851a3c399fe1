import { createHash } from 'node:crypto'
import type { Instant, NotificationKind, NotificationLevel } from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'

/** The ways out of Guichet; `webhook` carries what is for nobody in particular. */
export const deliveryChannels = ['email', 'push', 'webhook'] as const

export type DeliveryChannel = (typeof deliveryChannels)[number]

/** What is delivered, worded when it was decided. */
export type DeliveryContent = {
  /** When what it tells of happened; of a report, when it was made. */
  readonly at: Instant
  readonly language: string
  readonly title: string
  readonly message: string
  /** Where an e-mail goes, where that is known. */
  readonly address?: string | undefined
  readonly level?: NotificationLevel
  readonly ticketId?: string
  readonly incidentId?: string
  readonly report?: DailyReport & { readonly timeZone: string }
}

/** One notification on one channel, or one daily report on one: sent once, or again under the same key until it has worked. */
export type Delivery = {
  /** `<notification id>/<channel>` or `daily-report/<day>/<channel>`: one event never gives two. */
  readonly id: string
  /** What receivers, and Temporal, know it by: the same at every try, and tells nothing of a person. */
  readonly key: string
  readonly channel: DeliveryChannel
  readonly kind: NotificationKind | 'daily_report'
  /** The user who is told; undefined for a report. */
  readonly recipientId: string | undefined
  readonly content: DeliveryContent
}

/**
 * The key of a delivery, by the desk's own id and the delivery's: 32 hexadecimal digits. Ids of recipients may be e-mail addresses,
 * which nobody is to find out by guessing, or hold what no header may.
 */
export const deliveryKey = (desk: string, id: string): string =>
  createHash('sha256').update(`${desk}/${id}`).digest('hex').slice(0, 32)

/** What became of a try: a refusal is final, and says why. */
export type Sent = { readonly sent: true } | { readonly sent: false; readonly refused: string }

/**
 * The port behind which everything stands that takes deliveries out of Guichet. Throwing means that it may work later:
 * `TryAgain` when the receiver said so, anything else likewise. Whoever receives sees the key of the delivery, the same at
 * each try, by which a repetition is known.
 */
export type Transport = {
  /** Sends within some ten seconds, or sooner when the signal comes. */
  send(delivery: Delivery, options: { readonly signal: AbortSignal }): Promise<Sent>
  /** Lets connections go. */
  close(): Promise<void>
}

/** What takes the deliveries of each channel; for a channel without a transport none are recorded. */
export type Transports = Readonly<Partial<Record<DeliveryChannel, Transport>>>

/** A try that did not work, and may later. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain'
  /** How long the receiver wants to be left alone, in milliseconds. */
  readonly afterMs: number | undefined

  constructor(message: string, options: { readonly afterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.afterMs = options.afterMs
  }
}

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
