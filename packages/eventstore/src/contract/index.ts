export { eventStoreContract } from './event-store-contract.ts'
export type { Harness } from './harness.ts'
