import { afterAll } from 'vitest'
import type { Cost } from './processor.ts'
import { processorSeconds } from './processor.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What the file has cost, on the file itself. */
    cost?: Cost
  }
}

// Runs before the imports of each test file, and after all of its hooks: the first `afterAll` is the last to run.
const begun = processorSeconds()
// Vitest takes an object pattern alone.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, file) => {
  const ended = processorSeconds()
  file.meta.cost = { own: ended.own - begun.own, children: ended.children - begun.children, pid: process.pid }
})
