import type { Pool } from 'pg'
import type { NotificationKind } from '@guichet/domain'
import { notificationKinds, unlessDeleted } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { retryPause } from '../supervision.ts'
import { reasonForRow } from '../work.ts'
import type { DeliveryOptions, DeliveryState } from './delivery-list.ts'
import type { Delivery, DeliveryChannel, SendOutcome, Transport, Transports } from './delivery.ts'
import { TryAgain } from './delivery.ts'

/** A delivery that was claimed for a try, with the number of tries, this one included. */
type ClaimedDelivery = Delivery & { readonly attempts: number; readonly waitingSince: Date }

/** The waiting deliveries, claimed by any number of processes; a claimed delivery is invisible to the others. */
export type Deliveries = {
  /** Claims the due deliveries of a channel, for the length of the lease, to be tried at once. */
  takeDue(channel: DeliveryChannel, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]>
  /** Claims one delivery, due or not, unless it no longer waits. */
  take(key: string, leaseMs: number): Promise<ClaimedDelivery | undefined>
  /** Returns the state of a delivery; undefined when it no longer exists. */
  stateOf(key: string): Promise<DeliveryState | undefined>
  /**
   * Claims due deliveries, up to a limit for each channel, to hand them to an engine that tries until they arrive. A
   * delivery is handed over again only after a period without a report, counted from its next try where it has been
   * tried.
   */
  takeToHandOver(
    channels: readonly DeliveryChannel[],
    limit: number,
    periodMs: number,
  ): Promise<readonly Pick<Delivery, 'key' | 'channel'>[]>
  /** Returns a delivery that could not be handed over: it is due at once. */
  giveBack(keys: readonly string[]): Promise<void>
  delivered(key: string): Promise<void>
  refused(key: string, reason: string): Promise<void>
  /** Records that nobody needs the delivery any more. */
  dropped(key: string, reason: string): Promise<void>
  /** Records why a try failed, and when the next one is. */
  postponed(key: string, reason: string, pauseMs: number): Promise<void>
  /** Removes deliveries that arrived or were dropped the given milliseconds ago. Refused ones stay until they are retried. */
  forgetDelivered(keptMs: number): Promise<void>
}

type Row = Omit<ClaimedDelivery, 'recipientId' | 'waitingSince'> & {
  readonly recipient_id: string | null
  readonly waiting_since: Date
}

const columns = 'key, id, channel, kind, recipient_id, content, attempts, waiting_since'
const later = (parameter: string): string => `now() + ${parameter} * interval '1 millisecond'`

/**
 * The deliveries in `guichet_workflows`, whose schema must be migrated. The database's clock decides what is due;
 * rejects with the errors of the database.
 */
export function deliveriesIn(pool: Pool): Deliveries {
  const settle = async (key: string, state: string, reason: string | null): Promise<void> => {
    await pool.query({
      name: 'guichet_workflows.settle_delivery',
      text: `update guichet_workflows.delivery set state = $2, error = $3, settled_at = now()
             where key = $1 and state = 'waiting'`,
      values: [key, state, reason === null ? null : reasonForRow(reason)],
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
      return rows.map(toClaimed)
    },
    take: async (key, leaseMs) => {
      const { rows } = await pool.query<Row>({
        name: 'guichet_workflows.take_delivery',
        text: `update guichet_workflows.delivery set try_at = ${later('$2')}, attempts = attempts + 1
               where key = $1 and state = 'waiting' returning ${columns}`,
        values: [key, leaseMs],
      })
      return rows.map(toClaimed)[0]
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
    dropped: (key, reason) => settle(key, 'dropped', reason),
    postponed: async (key, reason, pauseMs) => {
      await pool.query({
        name: 'guichet_workflows.postpone_delivery',
        text: `update guichet_workflows.delivery set error = $2, try_at = ${later('$3')}
               where key = $1 and state = 'waiting'`,
        values: [key, reasonForRow(reason), pauseMs],
      })
    },
    forgetDelivered: async (keptMs) => {
      await pool.query(
        `delete from guichet_workflows.delivery
         where state in ('delivered', 'dropped') and settled_at < now() - $1 * interval '1 millisecond'`,
        [keptMs],
      )
    },
  }
}

const toClaimed = ({ recipient_id: recipientId, waiting_since: waitingSince, ...row }: Row): ClaimedDelivery => ({
  ...row,
  recipientId: recipientId ?? undefined,
  waitingSince,
})

/** The outcome of a try: delivered, refused for good, needed no more, or waiting for the next try. */
type AttemptOutcome = 'delivered' | 'refused' | 'dropped' | { readonly againInMs: number }

/** Tries one claimed delivery, and records the outcome. @throws the database's errors. */
export type Attempt = (delivery: ClaimedDelivery, signal: AbortSignal) => Promise<AttemptOutcome>

type AttemptParts = {
  readonly deliveries: Deliveries
  readonly transports: Transports
  /** After how many milliseconds of waiting a failed try is the last one. */
  readonly giveUpAfterMs: number
  readonly addressOf?: DeliveryOptions['addressOf']
  readonly onError: OnError
}

/** Whether those who are notified are customers, whose records say where they are written to; agents have none. */
function isForCustomers(kind: Delivery['kind']): boolean {
  if (kind === 'chat_transcript') return true
  const audience = kind in notificationKinds && notificationKinds[kind as NotificationKind].audience
  return audience === 'followers' || audience === 'affected'
}

/** Reports a failure once for each channel, until something has been delivered on it again. */
export function attempting({ deliveries, transports, giveUpAfterMs, addressOf, onError }: AttemptParts): Attempt {
  const failing = new Set<DeliveryChannel>()

  const failed = async (delivery: ClaimedDelivery, error: unknown): Promise<AttemptOutcome> => {
    const { key, channel, attempts, waitingSince } = delivery
    const reason = error instanceof Error ? error.message : String(error)
    if (!failing.has(channel)) onError(error, `delivering by ${channel}; it is tried again`)
    failing.add(channel)
    if (Date.now() - waitingSince.getTime() >= giveUpAfterMs) {
      await deliveries.refused(key, `given up after ${attempts === 1 ? 'one try' : `${attempts} tries`}: ${reason}`)
      return 'refused'
    }
    const afterMs = error instanceof TryAgain ? error.afterMs : undefined
    const againInMs = Math.max(retryPause(attempts), afterMs ?? 0)
    await deliveries.postponed(key, reason, againInMs)
    return { againInMs }
  }

  /**
   * Sends a notification to where its recipient is written to now, whatever the event said. A recipient whose record, or
   * that of whoever survives their merges, was deleted from the event store is written to no more.
   */
  const send = async (transport: Transport, delivery: ClaimedDelivery, signal: AbortSignal): Promise<SendOutcome> => {
    const { recipientId, channel, kind, content } = delivery
    if (!addressOf || recipientId === undefined || channel === 'web_push' || !isForCustomers(kind)) {
      return transport.send(delivery, { signal })
    }
    const addressee = await unlessDeleted(
      addressOf(recipientId, content.address).then((address) => ({ address })),
      ({ message }) => ({ refused: message }),
    )
    if ('refused' in addressee) return { sent: false, ...addressee }
    return transport.send({ ...delivery, content: { ...content, ...addressee } }, { signal })
  }

  return async (delivery, signal) => {
    const transport = transports[delivery.channel]
    if (!transport) return failed(delivery, new TryAgain(`nothing is set up that delivers by ${delivery.channel}`))
    const outcome = await send(transport, delivery, signal).catch((error: unknown) => ({ error }))
    if ('error' in outcome) return failed(delivery, outcome.error)
    failing.delete(delivery.channel)
    if (outcome.sent) {
      await deliveries.delivered(delivery.key)
      return 'delivered'
    }
    if ('dropped' in outcome) {
      await deliveries.dropped(delivery.key, outcome.dropped)
      return 'dropped'
    }
    await deliveries.refused(delivery.key, outcome.refused)
    return 'refused'
  }
}

/** Records deliveries that do not exist yet; its one parameter is their rows as JSON. */
export const recordDeliveries = `
  insert into guichet_workflows.delivery (key, id, channel, kind, recipient_id, content)
  select key, id, channel, kind, recipient_id, content
  from json_to_recordset($1::json) as r (key text, id text, channel text, kind text, recipient_id text, content json)
  order by key
  on conflict (key) do nothing`

/** Records deliveries that do not exist yet. Their keys depend on the id of the desk, which is passed. */
export type RecordDeliveries = (made: (desk: string) => readonly Delivery[]) => Promise<void>

/** Records deliveries in `guichet_workflows`, whose part `delivery` must be migrated. */
export function recordingDeliveries(pool: Pool): RecordDeliveries {
  const desk = deskOf(pool)
  return async (made) => {
    await pool.query({
      name: 'guichet_workflows.record_deliveries',
      text: recordDeliveries,
      values: [deliveryRows(made(await desk()))],
    })
  }
}

/** Reads the id that distinguishes the deliveries of a database from those of any other, once. */
export function deskOf(pool: Pool): () => Promise<string> {
  let desk: string | undefined
  return async () => {
    desk ??= (await pool.query<{ id: string }>('select id from guichet_workflows.desk')).rows[0]?.id
    if (desk === undefined) throw new Error('guichet_workflows.desk is empty')
    return desk
  }
}

/** Deliveries in the form that `recordDeliveries` expects. */
export const deliveryRows = (deliveries: readonly Delivery[]): string =>
  JSON.stringify(deliveries.map(({ recipientId, ...rest }) => ({ ...rest, recipient_id: recipientId })))

/**
 * The outgoing deliveries: a row exists from the moment of the decision, in the transaction of the projection that
 * makes it. A process claims a waiting row by moving `try_at` forward for as long as a try may take.
 *
 * `daily_report` records the day up to which reports have been published, for good: a report is never published twice.
 * `desk` is part of the keys: nobody else can guess them, and those of two databases never collide.
 */
const delivery = `
create table guichet_workflows.delivery (
  key text collate "C" primary key,
  id text not null,
  channel text not null,
  kind text not null,
  recipient_id text,
  content json not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'refused')),
  created_at timestamptz not null default now(),
  waiting_since timestamptz not null default now(),
  try_at timestamptz not null default now(),
  attempts integer not null default 0,
  error text,
  settled_at timestamptz
) with (fillfactor = 70);
create index on guichet_workflows.delivery (channel, try_at) where state = 'waiting';
create index on guichet_workflows.delivery (settled_at) where state = 'delivered';
create index on guichet_workflows.delivery (created_at) where state = 'refused';
create index on guichet_workflows.delivery (created_at);

create table guichet_workflows.daily_report (
  sole boolean primary key default true check (sole),
  published_until date not null
);

create table guichet_workflows.desk (
  sole boolean primary key default true check (sole),
  id uuid not null default gen_random_uuid()
);
insert into guichet_workflows.desk default values;
`

/** Deliveries that nobody needs any more, and the browsers that are pushed to, each of one customer. */
const webPush = `
alter table guichet_workflows.delivery drop constraint delivery_state_check;
alter table guichet_workflows.delivery add constraint delivery_state_check
  check (state in ('waiting', 'delivered', 'refused', 'dropped'));
create index on guichet_workflows.delivery (settled_at) where state = 'dropped';
create index on guichet_workflows.delivery ((content->'push'->>'subscriptionId')) where channel = 'web_push';

create table guichet_workflows.push_subscription (
  id uuid primary key default gen_random_uuid(),
  person_id text collate "C" not null,
  visitor_id text collate "C",
  endpoint text collate "C" not null unique,
  p256dh text not null,
  auth text not null,
  renewed_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index on guichet_workflows.push_subscription (person_id);
create index on guichet_workflows.push_subscription (visitor_id) where visitor_id is not null;
create index on guichet_workflows.push_subscription (expires_at);
`

/** The outgoing deliveries and their outcomes, and the browsers that are pushed to. */
export const deliverySchema: SchemaPart = { schema: 'guichet_workflows', part: 'delivery', steps: [delivery, webPush] }
