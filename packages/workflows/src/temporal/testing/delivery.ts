import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import type { DeliveryEngine, DeliveryOptions } from '../../delivery/delivery-engine.ts'
import { temporalDelivery } from '../delivery/temporal-delivery.ts'
import { temporalClock } from '../temporal-clock.ts'

/** The delivery on Temporal with the clock whose worker runs its workflows, as one engine. */
export async function deliveryWithClock(options: DeliveryOptions): Promise<DeliveryEngine> {
  const temporal = { connection: { address: inject('temporalServer') ?? '' }, namespace: 'default' }
  const { connectionString } = options
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk: Desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const clock = await temporalClock({ desk, connectionString, temporal })
  const delivery = await temporalDelivery({ ...options, temporal })
  return {
    ...delivery,
    start: async () => {
      await clock.start()
      await delivery.start()
    },
    stop: async () => {
      await delivery.stop()
      await clock.stop()
    },
  }
}
