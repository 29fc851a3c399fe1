export { fingerprintsOf, unraisedVersions } from './fingerprints.ts'
export type { Fingerprints, SampleEvent } from './fingerprints.ts'
export { createProjectionHarness, harnessPerTest, sampleEvent, tallyProjection } from './harness.ts'
export type { ProjectionHarness, Rows } from './harness.ts'
