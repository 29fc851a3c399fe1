import { instant } from '@guichet/domain'
import type { Delivery, DeliveryContent } from '../delivery.ts'
import { deliveryKey } from '../delivery.ts'

/** A delivery of a notification to Marie, with what a test says of it. */
export function aDelivery(
  content: Partial<DeliveryContent> = {},
  { channel = 'email' }: Partial<Pick<Delivery, 'channel'>> = {},
): Delivery {
  const id = `0b5f/2:marie/${channel}`
  return {
    id,
    key: deliveryKey('desk', id),
    channel,
    kind: 'reply',
    recipientId: 'marie',
    content: {
      at: instant('2026-03-27T09:00:00Z'),
      language: 'fr',
      title: 'Ticket de support : Nouvelle réponse',
      message: "Vous avez reçu une réponse à votre ticket 'Facture'.",
      address: 'marie@desk.example',
      ...content,
    },
  }
}
