export { busContract } from './bus-contract.ts'
export type { BusHarness } from './bus-contract.ts'
export { eventStoreContract } from './event-store-contract.ts'
export type { Harness } from './harness.ts'
