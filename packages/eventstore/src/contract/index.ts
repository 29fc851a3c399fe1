export { eventStoreContract } from './event-store-contract.ts'
export { snapshotContract } from './snapshot-contract.ts'
export type { Harness } from './harness.ts'
