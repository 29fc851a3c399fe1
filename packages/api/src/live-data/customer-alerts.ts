import type { Pool } from 'pg'
import { z } from 'zod'
import type { EphemeralBus, Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { migrateSchema } from '@guichet/eventstore'
import { periodically } from '@guichet/workflows'
import { addListener } from '../live/listeners.ts'

/** How serious an alert is, the least first; lists show `critical` ones first. */
export const alertSeverities = ['info', 'warning', 'critical'] as const

/** An alert as its source describes it. */
type PushedAlert = {
  /** Unique among the alerts of a customer at the source. */
  readonly alertId: string
  readonly severity: (typeof alertSeverities)[number]
  readonly title: string
  readonly since?: Instant | undefined
}

/** All alerts of a customer at one source, at a moment. They replace those of an earlier moment. */
type AlertSet = {
  readonly source: string
  readonly customerId: string
  readonly webhookId: string
  readonly asOf: Instant
  readonly expiresAt: Instant
  readonly alerts: readonly PushedAlert[]
}

/** An alert that has not expired. */
export type CustomerAlert = PushedAlert & Pick<AlertSet, 'source' | 'customerId' | 'asOf' | 'expiresAt'>

/** The alerts of customers, as their sources last pushed them: for all processes of the desk. */
export type CustomerAlerts = {
  /** Keeps a set unless a later one, or the same one, is kept already: returns whether it was new. */
  replace(set: AlertSet): Promise<boolean>
  /** The alerts of customers, the critical ones first, then the latest. */
  of(customerIds: readonly string[]): Promise<readonly CustomerAlert[]>
  /** Calls the listener when alerts of a customer may have changed, until the returned function is called. Expiry is not announced. */
  follow(customerId: string, listener: () => void): () => void
  stop(): Promise<void>
}

/**
 * One row per customer and source, replaced as a whole. A row without alerts stays until it expires, so that an older set
 * that arrives late is known to be older.
 */
const alertsSchema: SchemaPart = {
  schema: 'guichet_live',
  part: 'customer_alerts',
  steps: [
    `create table guichet_live.customer_alert (
       customer_id text collate "C" not null,
       source text collate "C" not null,
       webhook_id text collate "C" not null,
       as_of timestamptz not null,
       expires_at timestamptz not null,
       alerts jsonb not null,
       primary key (customer_id, source)
     )`,
    'create index customer_alert_expiry on guichet_live.customer_alert (expires_at)',
  ],
}

/** How often expired rows are removed, in milliseconds. */
const cleanEveryMs = 600_000

const topic = 'customer alerts'
const changedSchema = z.object({ customerId: z.string() })

type Options = {
  readonly pool: Pool
  readonly bus: Pick<EphemeralBus, 'publish' | 'subscribe' | 'onConnected'>
  readonly onError: (error: unknown, context: string) => void
}

type Row = Pick<CustomerAlert, 'source'> & {
  readonly customer_id: string
  readonly as_of: Date
  readonly expires_at: Date
  readonly alerts: readonly PushedAlert[]
}

/** Opens the alerts. The table has them; the bus says only whose have changed. @throws as `migrateSchema` does. */
export async function openCustomerAlerts({ pool, bus, onError }: Options): Promise<CustomerAlerts> {
  await migrateSchema(pool, alertsSchema)
  const listeners = new Map<string, Set<() => void>>()
  const call = (some: Iterable<() => void>): void => {
    for (const listener of some) listener()
  }
  const leave = bus.subscribe(topic, (payload) => {
    const { success, data } = changedSchema.safeParse(payload)
    if (success) call(listeners.get(data.customerId) ?? [])
  })
  const ignoreConnections = bus.onConnected(() => {
    for (const some of listeners.values()) call(some)
  })
  const cleaning = periodically(
    cleanEveryMs,
    async () => void (await pool.query('delete from guichet_live.customer_alert where expires_at < now()')),
    (error) => onError(error, 'the alerts of customers'),
  )
  return {
    replace: async ({ source, customerId, webhookId, asOf, expiresAt, alerts }) => {
      const { rowCount } = await pool.query(
        `insert into guichet_live.customer_alert as kept (customer_id, source, webhook_id, as_of, expires_at, alerts)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (customer_id, source) do update set webhook_id = excluded.webhook_id, as_of = excluded.as_of,
           expires_at = excluded.expires_at, alerts = excluded.alerts
         where (excluded.as_of, excluded.webhook_id) > (kept.as_of, kept.webhook_id)`,
        [customerId, source, webhookId, asOf, expiresAt, JSON.stringify(alerts)],
      )
      const isNew = rowCount === 1
      if (isNew) bus.publish(topic, { customerId }, customerId)
      return isNew
    },
    of: async (customerIds) => {
      const { rows } = await pool.query<Row>(
        `select customer_id, source, as_of, expires_at, alerts from guichet_live.customer_alert
         where customer_id = any($1::text[]) and expires_at > now()`,
        [customerIds],
      )
      return rows
        .flatMap(({ customer_id: customerId, source, as_of: asOf, expires_at: expiresAt, alerts }) =>
          alerts.map((alert) => ({
            ...alert,
            source,
            customerId,
            asOf: instant(asOf),
            expiresAt: instant(expiresAt),
          })),
        )
        .sort(
          (a, b) =>
            alertSeverities.indexOf(b.severity) - alertSeverities.indexOf(a.severity) ||
            (b.since ?? b.asOf).localeCompare(a.since ?? a.asOf),
        )
    },
    follow: (customerId, listener) => addListener(listeners, customerId, () => listener()),
    stop: async () => {
      leave()
      ignoreConnections()
      await cleaning.stop()
    },
  }
}
