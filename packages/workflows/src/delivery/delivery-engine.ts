import type { Instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { NotificationSink } from '@guichet/projections'
import type { OnError } from '../supervision/on-error.ts'
import type { DailyReports } from './report/daily-reports.ts'
import type { DeliveryStatus } from './delivery-list.ts'
import type { Transports } from './transport.ts'

export type DeliveryOptions = {
  /** The database of the read models. */
  readonly connectionString: string
  readonly transports: Transports
  /** What the daily reports are made of, and where they go; none are published without it. */
  readonly reports?: DailyReports | undefined
  /** How many deliveries of each channel are tried at once; 8 by default. */
  readonly concurrency?: number
  /** How often an idle engine looks for what is to be delivered, in milliseconds; 250 by default. */
  readonly pollMs?: number
  /** After how many milliseconds what a dead process was delivering is tried by another one; 60,000 by default. */
  readonly leaseMs?: number
  /** After how many milliseconds of waiting a try that does not work is the last one; three days by default. */
  readonly giveUpAfterMs?: number
  /** How long what was delivered is kept for whoever asks, in milliseconds; thirty days by default. */
  readonly keptMs?: number
  /** What time it is, for the days of reports; the machine's own clock by default. */
  readonly now?: () => Instant
  readonly onError?: OnError
  /** Hears how the taking of what is due goes; not of single deliveries. */
  readonly health?: FollowerReports
}

/**
 * The port behind which every engine stands that takes deliveries outside, as one of any number of processes on the same
 * database: each at least once, always under the same key, in no order. `@guichet/workflows/contract` holds the suite that each
 * engine passes.
 */
export type DeliveryEngine = {
  /** Where the projection of inboxes reports; undefined when there is no transport for what it reports. */
  readonly notificationSink: NotificationSink | undefined
  /** Starts to deliver what waits. */
  start(): Promise<void>
  /** Takes up nothing new; what is under way ends, or is broken off and tried again by the next engine. */
  stop(): Promise<void>
  status(): Promise<DeliveryStatus>
}
