import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** The files that take half a minute and more, longest first. A clean checkout has no record of how long each file took. */
const longest = [
  'temporal-clock.temporal',
  'server-restart.temporal',
  'server-trouble.temporal',
  'temporal-delivery.temporal',
  'killed-worker.temporal',
  'broken-comparison.temporal',
  'side-by-side.temporal',
  'many-changes.temporal',
  'faults.integration',
  'extend-guichet.integration',
  'tools/matrix/reading.integration',
  'tools/matrix/writing.integration',
  'memory-bound.integration',
  'tests/chat-pages.integration',
  'bench.integration',
  'sessions.integration',
  'gone-visitors.integration',
  'kill.integration',
  'publish.integration',
  'embedded-clock.integration',
  'newcomer.integration',
  'serve-worker.integration',
  'import-undo.integration',
  'chat-calls.integration',
  'chat-returns.integration',
  'side-by-side.integration',
  'embedded-postgres.integration',
  'hostile-chat.integration',
  'config-processes.integration',
  'customers.integration',
  'real-data.integration',
  'agent-panel.integration',
]
const projects = ['temporal', 'integration', 'unit']

const indexIn = (names: readonly string[], found: (name: string) => boolean): number => {
  const index = names.findIndex(found)
  return index < 0 ? names.length : index
}

/**
 * The tests on Temporal first, which wait most, and those without a database last: they fill the time in which the last long file ends.
 * Within a project the longest files first.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const project = (file: TestSpecification): number => indexIn(projects, (name) => name === file.project.name)
    const length = ({ moduleId }: TestSpecification): number =>
      indexIn(longest, (name) => moduleId.includes(`/${name}.`))
    return sorted.toSorted((a, b) => project(a) - project(b) || length(a) - length(b))
  }
}
