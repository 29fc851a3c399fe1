export * from './harness.ts'
export * from './tally.ts'
