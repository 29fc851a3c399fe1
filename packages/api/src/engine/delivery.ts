import type { Desk, EventStore } from '@guichet/domain'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { DailyReports, DeliveryEngine, DeliveryOptions, ReportTarget, Transports } from '@guichet/workflows'
import { embeddedDelivery, smtpTransport, webhookTransport } from '@guichet/workflows'
import { loadTemporal, temporalServer } from './temporal-server.ts'
import type { Environment } from '../environment/environment.ts'

export type DeliveryParts = Pick<DeliveryOptions, 'connectionString' | 'onError' | 'health'> & {
  /** Hears what an operator should know of the server behind the deliveries. */
  readonly log: (level: 'warn', message: string) => void
  readonly desk: Pick<Desk, 'terms'>
  readonly store: EventStore
  /** What the daily reports are read from, once it is there. */
  readonly reading: () => { readonly runner: ProjectionRunner; readonly readModels: ReadModels }
}

/** How long a report waits for its read model before it is tried again. */
const reportPatienceMs = 10_000

/**
 * Chooses what delivers, as the clocks' engine is chosen: Temporal when TEMPORAL_ADDRESS names a server, else this process. E-mail
 * goes to the mail server where there is one, else to the webhook; push to the webhook.
 */
export async function openDelivery(
  { connectionString, onError, health, log, ...parts }: DeliveryParts,
  { delivery, temporal: variables }: Environment,
): Promise<DeliveryEngine> {
  const { webhook, smtp, reportTo, giveUpAfterMs } = delivery
  const toWebhook = webhook && webhookTransport(webhook)
  const email = smtp ? await smtpTransport(smtp) : toWebhook
  const transports: Transports = {
    ...(email && { email }),
    ...(toWebhook && { push: toWebhook, webhook: toWebhook }),
  }
  const targets: readonly ReportTarget[] = [
    ...(toWebhook ? [{ channel: 'webhook' } as const] : []),
    ...(reportTo === undefined ? [] : [{ channel: 'email', address: reportTo } as const]),
  ]
  const reports = targets.length === 0 ? undefined : dailyReports(targets, parts)
  const options: DeliveryOptions = {
    connectionString,
    transports,
    reports,
    giveUpAfterMs,
    ...(onError && { onError }),
    ...(health && { health }),
  }
  if (variables === undefined) return embeddedDelivery(options)
  const { temporalDelivery } = await loadTemporal()
  return temporalDelivery({ ...options, log, temporal: await temporalServer(variables) })
}

function dailyReports(
  targets: readonly ReportTarget[],
  { desk, store, reading }: Pick<DeliveryParts, 'desk' | 'store' | 'reading'>,
): DailyReports {
  return {
    terms: async () => {
      const { policy } = await desk.terms()
      return { timeZone: policy.timeZone, language: policy.defaultLanguage }
    },
    targets,
    days: (...period) => reading().readModels.dailyReport.days(...period),
    complete: async () => {
      const head = await store.head()
      return head === undefined || reading().runner.reached(head, reportPatienceMs, ['daily_report'])
    },
  }
}
