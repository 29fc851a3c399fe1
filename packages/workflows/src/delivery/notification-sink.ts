import type { Notification } from '@guichet/domain'
import type { NotificationSink } from '@guichet/projections'
import { CompiledQuery } from 'kysely'
import type { Delivery, DeliveryChannel } from './delivery.ts'
import { deliveryKey } from './delivery.ts'
import { deliveryRows, recordDeliveries } from './record.ts'

/**
 * Records what is to be delivered on some channels, within the projection's own transaction and in one statement: what is
 * committed there will be delivered, and what was recorded once is not recorded again. Undefined where there is no channel
 * for any notification.
 */
export function notificationSink(desk: string, channels: ReadonlySet<DeliveryChannel>): NotificationSink | undefined {
  if (!channels.has('email') && !channels.has('push')) return undefined
  return async (tx, notifications) => {
    const deliveries = notifications.flatMap((notification) => deliveriesOf(desk, notification, channels))
    if (deliveries.length > 0) await tx.executeQuery(CompiledQuery.raw(recordDeliveries, [deliveryRows(deliveries)]))
  }
}

function deliveriesOf(desk: string, notification: Notification, configured: ReadonlySet<DeliveryChannel>): Delivery[] {
  const { recipientId, kind, at, language, title, message, address, level, ticketId, incidentId, channels } =
    notification
  const content = {
    at,
    language,
    title,
    message,
    address,
    level,
    ticketId,
    ...(incidentId !== undefined && { incidentId }),
  }
  return (['email', 'push'] as const)
    .filter((channel) => channels[channel] && configured.has(channel))
    .map((channel) => {
      const id = `${notification.id}/${channel}`
      return { id, key: deliveryKey(desk, id), channel, kind, recipientId, content }
    })
}
