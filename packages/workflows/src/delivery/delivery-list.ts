import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { NotificationSink } from '@guichet/projections'
import type { OnError } from '../supervision.ts'
import type { DailyReports, Delivery, Transports } from './delivery.ts'

export const deliveryStates = ['waiting', 'refused', 'delivered'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** A delivery as operators see it: what it says is its recipient's alone. */
export type ListedDelivery = Pick<Delivery, 'id' | 'key' | 'channel' | 'kind' | 'recipientId'> & {
  readonly state: DeliveryState
  readonly createdAt: Instant
  readonly attempts: number
  /** Why it was refused, or why it still waits after a try. */
  readonly reason: string | undefined
  /** When it is tried next, while it waits. */
  readonly nextTry: Instant | undefined
  /** When it was delivered or refused. */
  readonly settledAt: Instant | undefined
}

export type DeliveryStatus = {
  readonly waiting: number
  /** How many of those have been tried without success. */
  readonly failing: number
  readonly refused: number
  /** Since when the one waits that waits longest. */
  readonly waitingSince: Instant | undefined
}

/** What operators ask of the deliveries, and do to them. */
export type DeliveryList = {
  status(): Promise<DeliveryStatus>
  /** The latest ones of a state, or of all. */
  list(options: {
    readonly state?: DeliveryState | undefined
    readonly limit: number
  }): Promise<readonly ListedDelivery[]>
  /** Lets refused ones be tried again at once, all or one by its id or key. @returns how many. */
  retryRefused(id?: string): Promise<number>
}

type Row = Omit<ListedDelivery, 'recipientId' | 'createdAt' | 'reason' | 'nextTry' | 'settledAt'> & {
  readonly recipient_id: string | null
  readonly created_at: Date
  readonly error: string | null
  readonly try_at: Date
  readonly settled_at: Date | null
}

type Totals = { waiting: number; failing: number; refused: number; since: Date | null }

/** Asks through a pool, which stays its owner's to close. */
export function deliveryList(pool: Pool): DeliveryList {
  return {
    status: async () => {
      const { rows } = await pool.query<Totals>(
        `select count(*)::integer as waiting, count(error)::integer as failing, min(waiting_since) as since,
                (select count(*)::integer from guichet_workflows.delivery where state = 'refused') as refused
         from guichet_workflows.delivery where state = 'waiting'`,
      )
      const { since = null, ...totals } = rows[0] ?? { waiting: 0, failing: 0, refused: 0 }
      return { ...totals, waitingSince: since === null ? undefined : instant(since) }
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
