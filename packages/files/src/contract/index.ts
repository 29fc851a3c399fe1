export { describeFileStorage } from './storage-contract.ts'
export type { StorageUnderTest } from './storage-contract.ts'
