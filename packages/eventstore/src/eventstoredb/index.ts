export { eventStoreUrlFault } from './address.ts'
export { eventStoreDbStore } from './store.ts'
export type { EventStoreDbStoreOptions } from './store.ts'
