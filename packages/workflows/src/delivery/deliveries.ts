import type { Pool } from 'pg'
import type { Delivery, DeliveryChannel } from './delivery.ts'
import type { DeliveryState } from './delivery-list.ts'

/** A delivery that was taken to be tried, with how often it has been tried, this time included. */
export type Taken = Delivery & { readonly attempts: number; readonly waitingSince: Date }

/** The deliveries that wait, taken by any number of processes; nobody else gets meanwhile what one has taken. */
export type Deliveries = {
  /** Takes what is due on a channel, for the length of the lease, to be tried at once. */
  takeDue(channel: DeliveryChannel, limit: number, leaseMs: number): Promise<readonly Taken[]>
  /** Takes one, due or not, unless it waits no more. */
  take(key: string, leaseMs: number): Promise<Taken | undefined>
  /** What has become of one; undefined when it is no longer there. */
  stateOf(key: string): Promise<DeliveryState | undefined>
  /**
   * Takes what is due, so much of each channel, to be handed over to somebody who will try it until it has arrived: again only when
   * nothing has been heard of it for a period, from the time of its next try on where it has been tried.
   */
  takeToHandOver(
    channels: readonly DeliveryChannel[],
    limit: number,
    periodMs: number,
  ): Promise<readonly Pick<Delivery, 'key' | 'channel'>[]>
  /** Gives back what could not be handed over: it is due at once. */
  giveBack(keys: readonly string[]): Promise<void>
  delivered(key: string): Promise<void>
  refused(key: string, reason: string): Promise<void>
  /** Notes why a try did not work, and when the next one is. */
  postponed(key: string, reason: string, pauseMs: number): Promise<void>
  /** Removes what was delivered so many milliseconds ago. Refusals stay until they are tried again. */
  forgetDelivered(keptMs: number): Promise<void>
}

type Row = Omit<Taken, 'recipientId' | 'waitingSince'> & {
  readonly recipient_id: string | null
  readonly waiting_since: Date
}

const columns = 'key, id, channel, kind, recipient_id, content, attempts, waiting_since'
const later = (parameter: string): string => `now() + ${parameter} * interval '1 millisecond'`
const longestReason = 500

/**
 * The deliveries in `guichet_workflows`, whose schema has been migrated. Due is what is so by the database's clock; rejects with what the
 * database does.
 */
export function deliveriesIn(pool: Pool): Deliveries {
  const settle = async (key: string, state: string, reason: string | null): Promise<void> => {
    await pool.query({
      name: 'guichet_workflows.settle_delivery',
      text: `update guichet_workflows.delivery set state = $2, error = $3, settled_at = now()
             where key = $1 and state = 'waiting'`,
      values: [key, state, reason?.slice(0, longestReason)],
    })
  }
  return {
    takeDue: async (channel, limit, leaseMs) => {
      const { rows } = await pool.query<Row>({
        name: 'guichet_workflows.take_due_deliveries',
        text: `
          with due as (
            select key as mine from guichet_workflows.delivery
            where state = 'waiting' and try_at <= now() and channel = $1
            order by try_at limit $2 for update skip locked
          )
          update guichet_workflows.delivery set try_at = ${later('$3')}, attempts = attempts + 1
          from due where key = mine returning ${columns}`,
        values: [channel, limit, leaseMs],
      })
      return rows.map(toTaken)
    },
    take: async (key, leaseMs) => {
      const { rows } = await pool.query<Row>({
        name: 'guichet_workflows.take_delivery',
        text: `update guichet_workflows.delivery set try_at = ${later('$2')}, attempts = attempts + 1
               where key = $1 and state = 'waiting' returning ${columns}`,
        values: [key, leaseMs],
      })
      return rows.map(toTaken)[0]
    },
    stateOf: async (key) => {
      const { rows } = await pool.query<{ state: DeliveryState }>({
        name: 'guichet_workflows.state_of_delivery',
        text: `select state from guichet_workflows.delivery where key = $1`,
        values: [key],
      })
      return rows[0]?.state
    },
    takeToHandOver: async (channels, limit, periodMs) => {
      const { rows } = await pool.query<Pick<Delivery, 'key' | 'channel'>>({
        name: 'guichet_workflows.take_deliveries_to_hand_over',
        text: `
          with due as (
            select mine from unnest($1::text[]) as wanted cross join lateral (
              select key as mine from guichet_workflows.delivery
              where state = 'waiting' and try_at <= now() and channel = wanted
                and (error is null or try_at <= now() - $3 * interval '1 millisecond')
              order by try_at limit $2 for update skip locked
            ) as of_channel
          )
          update guichet_workflows.delivery set try_at = ${later('$3')} from due where key = mine returning key, channel`,
        values: [channels, limit, periodMs],
      })
      return rows
    },
    giveBack: async (keys) => {
      await pool.query(
        `update guichet_workflows.delivery set try_at = waiting_since where key = any($1::text[]) and state = 'waiting'`,
        [keys],
      )
    },
    delivered: (key) => settle(key, 'delivered', null),
    refused: (key, reason) => settle(key, 'refused', reason),
    postponed: async (key, reason, pauseMs) => {
      await pool.query({
        name: 'guichet_workflows.postpone_delivery',
        text: `update guichet_workflows.delivery set error = $2, try_at = ${later('$3')}
               where key = $1 and state = 'waiting'`,
        values: [key, reason.slice(0, longestReason), pauseMs],
      })
    },
    forgetDelivered: async (keptMs) => {
      await pool.query(
        `delete from guichet_workflows.delivery
         where state = 'delivered' and settled_at < now() - $1 * interval '1 millisecond'`,
        [keptMs],
      )
    },
  }
}

const toTaken = ({ recipient_id: recipientId, waiting_since: waitingSince, ...row }: Row): Taken => ({
  ...row,
  recipientId: recipientId ?? undefined,
  waitingSince,
})
