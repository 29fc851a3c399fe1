import type { Pool } from 'pg'
import type { ChatPush, Instant } from '@guichet/domain'
import { days } from '@guichet/domain'
import { deliveryRows, deskOf } from './deliveries.ts'
import type { Delivery } from './delivery.ts'
import { deliveryKey } from './delivery.ts'

/** A browser that shows pushes, as `PushSubscription` of the Push API describes it. */
export type PushDevice = {
  /** An address at a push service, that whoever knows it may send to. */
  readonly endpoint: string
  /** The public key of the browser, P-256, uncompressed, in base64url. */
  readonly p256dh: string
  /** The secret that it shares with the sender: 16 bytes in base64url. */
  readonly auth: string
}

/** The customer of a browser, and the visitor by whose token it was subscribed, if any. */
type PushOwner = { readonly personId: string; readonly visitorId?: string | undefined }

/** A push about an event of a chat, for every browser of some people. */
export type RecordedPush = {
  readonly eventId: string
  readonly chatId: string
  readonly at: Instant
  readonly push: ChatPush
  /** The ids under which the customer may have subscribed. */
  readonly people: readonly string[]
  /** How long it waits before the first try, in milliseconds. */
  readonly afterMs: number
}

/** The most browsers of one customer; a further one takes the place of the one that was renewed longest ago. */
export const mostDevices = 10

/** For how many milliseconds a browser stays subscribed without renewing. */
const subscribedMs = days(90)

/** The least time between two pushes about one chat to one browser, in milliseconds. */
const apartMs = 30_000

/**
 * The browsers that customers are pushed to. They are state of devices, with secrets, and in no history: they go with
 * the visit or the customer. Reads and writes through a pool, which its owner closes; rejects with the errors of the
 * database.
 */
export type PushSubscriptions = {
  /** Subscribes a browser, or renews it; one that was somebody else's is this person's from now on. */
  save(owner: PushOwner, device: PushDevice): Promise<void>
  /** A subscribed browser. */
  find(id: string): Promise<PushDevice | undefined>
  /** Unsubscribes a browser of some people by its address. */
  removeDevice(people: readonly string[], endpoint: string): Promise<void>
  /** Unsubscribes a browser, which its push service no longer knows. */
  remove(id: string): Promise<void>
  /** Unsubscribes the browsers that were subscribed during a visit. */
  removeVisitor(visitorId: string): Promise<void>
  /** Unsubscribes all browsers of a person. */
  removePerson(personId: string): Promise<void>
  /** Makes the browsers of a visitor those of the customer who they are. */
  move(visitorId: string, personId: string): Promise<void>
  /** Whether anybody is subscribed. */
  any(): Promise<boolean>
  /**
   * Records a delivery for each browser, unless the event has one; a push about the same chat that still waits is
   * dropped. At most one about a chat is sent to a browser in half a minute.
   */
  record(pushes: readonly RecordedPush[]): Promise<void>
  /** Removes what has expired. */
  expire(): Promise<void>
}

/** The pushes to browsers, with the key that these need to subscribe. */
export type Push = {
  readonly publicKey: string
  /** Origins of push services beside the known ones. */
  readonly origins: readonly string[]
  readonly subscriptions: PushSubscriptions
}

/** The browsers in `guichet_workflows`, whose part `delivery` must be migrated. */
export function pushSubscriptions(pool: Pool): PushSubscriptions {
  const readDesk = deskOf(pool)
  const remove = async (condition: string, values: readonly unknown[]): Promise<void> => {
    await pool.query(
      `with gone as (delete from guichet_workflows.push_subscription where ${condition} returning id)
       update guichet_workflows.delivery set state = 'dropped', error = 'no longer subscribed', settled_at = now()
       from gone where channel = 'web_push' and content->'push'->>'subscriptionId' = gone.id::text and state = 'waiting'`,
      [...values],
    )
  }
  return {
    save: async ({ personId, visitorId }, { endpoint, p256dh, auth }) => {
      await remove('endpoint = $1 and person_id <> $2', [endpoint, personId])
      await pool.query(
        `insert into guichet_workflows.push_subscription (person_id, visitor_id, endpoint, p256dh, auth, expires_at)
         values ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
         on conflict (endpoint) do update set person_id = excluded.person_id, visitor_id = excluded.visitor_id,
           p256dh = excluded.p256dh, auth = excluded.auth, renewed_at = now(), expires_at = excluded.expires_at`,
        [personId, visitorId, endpoint, p256dh, auth, subscribedMs],
      )
      await remove(
        `id in (select id from guichet_workflows.push_subscription where person_id = $1
                order by renewed_at desc, id offset ${mostDevices})`,
        [personId],
      )
    },
    find: async (id) => {
      const { rows } = await pool.query<PushDevice>(
        `select endpoint, p256dh, auth from guichet_workflows.push_subscription
         where id = $1::uuid and expires_at > now()`,
        [id],
      )
      return rows[0]
    },
    removeDevice: (people, endpoint) => remove('person_id = any($1::text[]) and endpoint = $2', [people, endpoint]),
    remove: (id) => remove('id = $1::uuid', [id]),
    removeVisitor: (visitorId) => remove('visitor_id = $1', [visitorId]),
    removePerson: (personId) => remove('person_id = $1', [personId]),
    move: async (visitorId, personId) => {
      await pool.query(`update guichet_workflows.push_subscription set person_id = $2 where person_id = $1`, [
        visitorId,
        personId,
      ])
    },
    any: async () => {
      const { rowCount } = await pool.query('select 1 from guichet_workflows.push_subscription limit 1')
      return (rowCount ?? 0) > 0
    },
    record: async (pushes) => {
      const { rows } = await pool.query<{ id: string; person_id: string }>({
        name: 'guichet_workflows.devices_of',
        text: `select id, person_id from guichet_workflows.push_subscription
               where person_id = any($1::text[]) and expires_at > now()`,
        values: [[...new Set(pushes.flatMap(({ people }) => people))]],
      })
      const secret = rows.length === 0 ? '' : await readDesk()
      for (const each of pushes) {
        const devices = rows.filter(({ person_id }) => each.people.includes(person_id))
        if (devices.length === 0) continue
        const made = devices.map(({ id, person_id }) => deliveryOf(secret, each, id, person_id))
        await pool.query({
          name: 'guichet_workflows.record_pushes',
          text: recordPushes,
          values: [deliveryRows(made), each.afterMs, apartMs],
        })
      }
    },
    expire: () => remove('expires_at <= now()', []),
  }
}

function deliveryOf(desk: string, recorded: RecordedPush, subscriptionId: string, personId: string): Delivery {
  const { eventId, chatId, at, push } = recorded
  const { kind, language, title, message, urgency, ttlMs } = push
  const id = `${eventId}/web_push/${subscriptionId}`
  const topic = deliveryKey(desk, `chat/${chatId}`)
  return {
    id,
    key: deliveryKey(desk, id),
    channel: 'web_push',
    kind,
    recipientId: personId,
    content: { at, language, title, message, chatId, push: { subscriptionId, topic, urgency, ttlMs } },
  }
}

/**
 * Records the pushes of one event about one chat. What waits about that chat for the same browser is dropped; a new one
 * is not tried before the service of the dropped one wanted another try.
 */
const recordPushes = `
with new as (
  select key, id, channel, kind, recipient_id, content, content->'push'->>'subscriptionId' as device, content->>'chatId' as chat
  from json_to_recordset($1::json) as r (key text, id text, channel text, kind text, recipient_id text, content json)
  where not exists (select from guichet_workflows.delivery known where known.key = r.key)
), former as (
  select d.key, d.state, d.try_at, d.error, d.settled_at, new.device
  from new join guichet_workflows.delivery d
    on d.channel = 'web_push' and d.content->'push'->>'subscriptionId' = new.device and d.content->>'chatId' = new.chat
  where d.state = 'waiting' or d.settled_at > now() - $3 * interval '1 millisecond'
), replaced as (
  update guichet_workflows.delivery d set state = 'dropped', error = 'a newer one replaced it', settled_at = now()
  from former where d.key = former.key and d.state = 'waiting'
)
insert into guichet_workflows.delivery (key, id, channel, kind, recipient_id, content, try_at)
select key, id, channel, kind, recipient_id, content, greatest(
  now() + $2 * interval '1 millisecond',
  (select max(settled_at) + $3 * interval '1 millisecond' from former where former.device = new.device and state = 'delivered'),
  (select max(try_at) from former where former.device = new.device and state = 'waiting' and error is not null)
)
from new order by key
on conflict (key) do nothing`
