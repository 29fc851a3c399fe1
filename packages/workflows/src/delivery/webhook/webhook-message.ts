import type { Delivery } from '../delivery.ts'

/** The body that a receiver gets: type, timestamp and data, as Standard Webhooks recommends. The same at every try. */
export function webhookBody({ id, channel, kind, recipientId, content }: Delivery): string {
  const { at, ...rest } = content
  return JSON.stringify({
    type: kind === 'daily_report' ? 'daily_report' : `notification.${channel}`,
    timestamp: at,
    data: { id, kind, recipientId, ...rest },
  })
}
