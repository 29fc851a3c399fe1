import { createHash } from 'node:crypto'
import type {
  ChatPush,
  ChatPushKind,
  Instant,
  LikelyIncident,
  NotificationKind,
  NotificationLevel,
} from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'

/**
 * The outgoing channels of Guichet; `webhook` carries deliveries without a particular recipient, `web_push` those to the
 * browsers that a customer has subscribed.
 */
export const deliveryChannels = ['email', 'push', 'web_push', 'webhook'] as const

/** A channel by which notifications are delivered. */
export type DeliveryChannel = (typeof deliveryChannels)[number]

/** The contents of a delivery, worded at the time of the decision. */
export type DeliveryContent = {
  /** When the event that it describes happened; for a report, when it was made. */
  readonly at: Instant
  readonly language: string
  readonly title: string
  readonly message: string
  /** The address of an e-mail, where it is known. */
  readonly address?: string | undefined
  readonly level?: NotificationLevel
  readonly ticketId?: string
  readonly chatId?: string
  readonly incidentId?: string
  readonly report?: DailyReport & { readonly timeZone: string }
  /** The device of a web push, and how it is sent. */
  readonly push?: DevicePush
  /** The customer who probably has trouble, and the number of their draft. */
  readonly draft?: { readonly customerId: string; readonly number: number }
  /** The trouble of many customers, which may be an incident. */
  readonly trouble?: LikelyIncident
  /** The customer or the organisation whose score of health has fallen: what it is, and what it was seven days before. */
  readonly fall?: { readonly score: number; readonly weekBefore: number } & (
    { readonly customerId: string } | { readonly organisationId: string }
  )
}

/** What a web push needs beside its texts. */
type DevicePush = Pick<ChatPush, 'urgency' | 'ttlMs'> & {
  readonly subscriptionId: string
  /** A push service replaces a push that still waits by a newer one of this topic: at most 32 characters (RFC 8030, 5.4). */
  readonly topic: string
}

/**
 * One notification on one channel, or one daily report on one: sent once, or again under the same key until a try
 * succeeds.
 */
export type Delivery = {
  /**
   * `<notification id>/<channel>`, `<event id>/web_push/<subscription>`, `<event id>/email` of a transcript,
   * `<event id>/webhook` of an alert to the desk, or `daily-report/<day>/<channel>`: one event never produces two.
   */
  readonly id: string
  /** The id for receivers and Temporal: the same at every try, and it reveals nothing about a person. */
  readonly key: string
  readonly channel: DeliveryChannel
  readonly kind: NotificationKind | ChatPushKind | 'daily_report' | 'chat_transcript'
  /** The user who is notified; undefined for a report, and for an alert to the desk. */
  readonly recipientId: string | undefined
  readonly content: DeliveryContent
}

/**
 * The key of a delivery, from the desk's own id and the delivery's: 32 hexadecimal digits. Ids of recipients may be
 * e-mail addresses, which nobody should be able to guess, or contain characters that no header may.
 */
export const deliveryKey = (desk: string, id: string): string =>
  createHash('sha256').update(`${desk}/${id}`).digest('hex').slice(0, 32)

/** The outcome of a try: a refusal is final, and states its reason; so is a delivery that nobody needs any more. */
export type SendOutcome =
  | { readonly sent: true }
  | { readonly sent: false; readonly refused: string }
  | { readonly sent: false; readonly dropped: string }

/**
 * The port of every transport that takes deliveries out of Guichet. Throwing means that a later try may succeed:
 * `TryAgain` when the receiver said so; any other error has the same effect. The receiver sees the key of the delivery,
 * the same at each try, and recognises a repetition by it.
 */
export type Transport = {
  /** Sends within some ten seconds, or stops sooner at the signal. */
  send(delivery: Delivery, options: { readonly signal: AbortSignal }): Promise<SendOutcome>
  /** Closes connections. */
  close(): Promise<void>
}

/** The transport of each channel; for a channel without a transport no deliveries are recorded. */
export type Transports = Readonly<Partial<Record<DeliveryChannel, Transport>>>

/** A try that failed, and may succeed later. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain'
  /** How long the receiver asks to wait, in milliseconds. */
  readonly afterMs: number | undefined

  constructor(message: string, options: { readonly afterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.afterMs = options.afterMs
  }
}

/** The recipients of the daily reports. */
export type ReportTarget = { readonly channel: 'webhook' } | { readonly channel: 'email'; readonly address: string }

/** By which days and in which language the daily reports are written. */
export type ReportTerms = {
  /** The desk's own, IANA: a day ends at its midnight. */
  readonly timeZone: string
  /** The language of e-mails. */
  readonly language: string
}

/** The source of the daily reports, and their recipients. */
export type DailyReports = {
  /** The terms of the desk as they are now. */
  terms(): Promise<ReportTerms>
  readonly targets: readonly ReportTarget[]
  /** One report per day of the time zone from `first` to `last`, both included. */
  days(first: string, last: string, timeZone: string): Promise<readonly DailyReport[]>
  /** Whether the reports count every event that has been stored by now; may wait a while for that. */
  complete(): Promise<boolean>
}
