export { embeddedClock } from './embedded-clock.ts'
export type { EmbeddedClock, EmbeddedClockOptions } from './embedded-clock.ts'
export { embeddedDelivery } from './delivery/embedded-delivery.ts'
export type { EmbeddedDeliveryOptions } from './delivery/embedded-delivery.ts'
