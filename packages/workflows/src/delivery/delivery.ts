import type { Instant, NotificationKind, NotificationLevel } from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'
import { createHash } from 'node:crypto'

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
