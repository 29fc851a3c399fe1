import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { NotificationSink } from '@guichet/projections'
import type { OnError } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import type { DailyReports, Delivery, DeliveryChannel, Transports } from './delivery.ts'
import { deliveryChannels } from './delivery.ts'

/** The states of a delivery. */
export const deliveryStates = ['waiting', 'refused', 'delivered', 'dropped'] as const

/** A state of a delivery. */
export type DeliveryState = (typeof deliveryStates)[number]

/** A delivery as operators see it: without its contents, which only its recipient may see. */
export type ListedDelivery = Pick<Delivery, 'id' | 'key' | 'channel' | 'kind' | 'recipientId'> & {
  readonly state: DeliveryState
  readonly createdAt: Instant
  readonly attempts: number
  /** Why it was refused or dropped, or why it still waits after a try. */
  readonly reason: string | undefined
  /** The time of the next try, while it waits. */
  readonly nextTry: Instant | undefined
  /** When it was delivered, refused or dropped. */
  readonly settledAt: Instant | undefined
}

/** How many deliveries wait and were refused, together and by channel. */
export type DeliveryStatus = {
  readonly waiting: number
  /** How many of those have been tried without success. */
  readonly failing: number
  readonly refused: number
  /** Since when the oldest waiting delivery has been waiting. */
  readonly waitingSince: Instant | undefined
  /** The same numbers for each channel. */
  readonly channels: Readonly<Record<DeliveryChannel, DeliveryCounts>>
}

/** How many deliveries wait, how many of those have been tried without success, and how many were refused for good. */
type DeliveryCounts = { readonly waiting: number; readonly failing: number; readonly refused: number }

/** The queries and actions that operators have on deliveries. */
export type DeliveryList = {
  status(): Promise<DeliveryStatus>
  /** The latest ones of a state, or of all. */
  list(options: {
    readonly state?: DeliveryState | undefined
    readonly limit: number
  }): Promise<readonly ListedDelivery[]>
  /** Makes refused deliveries due at once, all or one by its id or key. @returns how many. */
  retryRefused(id?: string): Promise<number>
}

type Row = Omit<ListedDelivery, 'recipientId' | 'createdAt' | 'reason' | 'nextTry' | 'settledAt'> & {
  readonly recipient_id: string | null
  readonly created_at: Date
  readonly error: string | null
  readonly try_at: Date
  readonly settled_at: Date | null
}

type Totals = DeliveryCounts & { readonly channel: DeliveryChannel; readonly since: Date | null }

/** Queries through a pool, which its owner closes. */
export function deliveryList(pool: Pool): DeliveryList {
  return {
    status: async () => {
      const { rows } = await pool.query<Totals>(
        `select channel, sum(waiting)::integer as waiting, sum(failing)::integer as failing,
                sum(refused)::integer as refused, min(since) as since
         from (
           select channel, count(*) as waiting, count(error) as failing, 0 as refused, min(waiting_since) as since
           from guichet_workflows.delivery where state = 'waiting' group by channel
           union all
           select channel, 0, 0, count(*), null from guichet_workflows.delivery where state = 'refused' group by channel
         ) as counted
         group by channel`,
      )
      const channels = Object.fromEntries(
        deliveryChannels.map((channel) => [channel, countsOf(rows.filter((row) => row.channel === channel))]),
      ) as DeliveryStatus['channels']
      const since = rows.flatMap(({ since }) => (since === null ? [] : [since.getTime()]))
      const waitingSince = since.length === 0 ? undefined : instant(new Date(Math.min(...since)))
      return { ...countsOf(rows), waitingSince, channels }
    },
    list: async ({ state, limit }) => {
      const { rows } = await pool.query<Row>(
        `select key, id, channel, kind, recipient_id, state, created_at, attempts, error, try_at, settled_at
         from guichet_workflows.delivery ${state === undefined ? '' : 'where state = $2'}
         order by created_at desc, key limit $1`,
        state === undefined ? [limit] : [limit, state],
      )
      return rows.map(toListed)
    },
    retryRefused: async (id) => {
      const { rowCount } = await pool.query(
        `update guichet_workflows.delivery
         set state = 'waiting', waiting_since = now(), try_at = now(), attempts = 0, error = null, settled_at = null
         where state = 'refused' and ($1::text is null or id = $1 or key = $1)`,
        [id],
      )
      return rowCount ?? 0
    },
  }
}

function countsOf(rows: readonly DeliveryCounts[]): DeliveryCounts {
  const sum = (each: keyof DeliveryCounts): number => rows.reduce((total, row) => total + row[each], 0)
  return { waiting: sum('waiting'), failing: sum('failing'), refused: sum('refused') }
}

function toListed({ recipient_id, created_at, error, try_at, settled_at, ...row }: Row): ListedDelivery {
  return {
    ...row,
    recipientId: recipient_id ?? undefined,
    createdAt: instant(created_at),
    reason: error ?? undefined,
    nextTry: row.state === 'waiting' ? instant(try_at) : undefined,
    settledAt: settled_at === null ? undefined : instant(settled_at),
  }
}

/** How notifications are delivered, and by what. */
export type DeliveryOptions = PartDatabase & {
  readonly transports: Transports
  /** The source of the daily reports, and their recipients; none are published without it. */
  readonly reports?: DailyReports | undefined
  /** How many deliveries of each channel are tried concurrently; 8 by default. */
  readonly concurrency?: number
  /** How often an idle engine looks for due deliveries, in milliseconds; 250 by default. */
  readonly pollMs?: number
  /** After how many milliseconds another process tries the deliveries of a dead one; 60,000 by default. */
  readonly leaseMs?: number
  /** After how many milliseconds of waiting a failed try is the last one; three days by default. */
  readonly giveUpAfterMs?: number
  /** How long completed deliveries stay available to operators, in milliseconds; thirty days by default. */
  readonly keptMs?: number
  /**
   * The address of a person at the time of sending, where `address` is the one of the time of the event; undefined when
   * there is none. By default the given one.
   */
  readonly addressOf?: ((personId: string, address: string | undefined) => Promise<string | undefined>) | undefined
  /** Removes, once an hour, what has expired beside the deliveries. */
  readonly expire?: (() => Promise<void>) | undefined
  /** The current time, for the days of reports; the machine's own clock by default. */
  readonly now?: () => Instant
  readonly onError?: OnError
  /** Receives reports on claiming due deliveries; not on single deliveries. */
  readonly health?: FollowerReports
}

/**
 * The port of every engine that takes deliveries outside, as one of any number of processes on the same database. It
 * delivers each at least once, always under the same key, in no order. `@guichet/workflows/contract` contains the suite
 * that each engine passes.
 */
export type DeliveryEngine = {
  /** The projection of inboxes reports here; undefined when no transport exists for its reports. */
  readonly notificationSink: NotificationSink | undefined
  /** Starts to deliver waiting deliveries. */
  start(): Promise<void>
  /** Accepts no new work. Work under way ends, or is broken off and retried by the next engine. */
  stop(): Promise<void>
  status(): Promise<DeliveryStatus>
}
