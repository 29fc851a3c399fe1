export * from './harness-per-test.ts'
export * from './harness.ts'
export * from './sample-event.ts'
export * from './tally.ts'
