export { createProjectionHarness, harnessPerTest, sampleEvent, tallyProjection } from './harness.ts'
export type { ProjectionHarness, Rows } from './harness.ts'
