import { afterEach } from 'vitest'
import { createProjectionHarness } from './harness.ts'
import type { ProjectionHarness } from './harness.ts'

/** Opens harnesses for the tests of a file; each is dropped at the end of the test that opened it. */
export function harnessPerTest(): typeof createProjectionHarness {
  const opened: ProjectionHarness[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((harness) => harness.drop()))
  })
  return async (...options) => {
    const harness = await createProjectionHarness(...options)
    opened.push(harness)
    return harness
  }
}
