import type { TestProject } from 'vitest/node'
import { staleBuild } from './workspace/build.ts'

/** Lets the few unit tests that run the build fail where it is not that of the sources; the others do not need it. */
export default function setup(project: TestProject): void {
  project.provide('staleBuild', staleBuild())
  project.onTestsRerun(() => project.provide('staleBuild', staleBuild()))
}
