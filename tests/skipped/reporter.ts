import { relative } from 'node:path'
import type { Reporter, TestModule, TestProject, Vitest } from 'vitest/node'
import { root } from '../workspace/sources.ts'

/** Says at the end of a run which tests were skipped, and why where that is known: the run is green all the same. */
export class SkipReporter implements Reporter {
  #isPartial = false

  onInit({ config }: Vitest): void {
    this.#isPartial = config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#isPartial) return // what a name leaves out was not asked for
    for (const line of linesOf(modules)) console.log(line)
  }
}

/** One line for each project that lacks something, and for each other file. */
function linesOf(modules: readonly TestModule[]): readonly string[] {
  const skipped = modules
    .filter((module) => module.ok()) // a failed set-up skips the tests of its file, too
    .map((module) => ({ module, tests: [...module.children.allTests('skipped')] }))
    .filter(({ tests }) => tests.length > 0)
  const lacking = new Map<TestProject, { readonly why: string; count: number }>()
  const lines: string[] = []
  for (const { module, tests } of skipped) {
    const why = module.project.getProvidedContext().skippedBecause
    if (why === undefined) {
      const notes = tests.flatMap((test) => {
        const result = test.result()
        return result.state === 'skipped' ? (result.note ?? []) : []
      })
      lines.push(`SKIPPED: ${counted(tests.length)} of ${relative(root, module.moduleId)}${because(notes)}`)
    } else {
      const entry = lacking.get(module.project) ?? { why, count: 0 }
      entry.count += tests.length
      lacking.set(module.project, entry)
    }
  }
  const projects = [...lacking].map(
    ([{ name }, { why, count }]) => `SKIPPED: ${counted(count)} of the project ${name}: ${why}`,
  )
  return [...projects, ...lines]
}

const counted = (count: number): string => (count === 1 ? '1 test' : `${count} tests`)
const because = (notes: readonly string[]): string =>
  notes.length > 0 ? `: ${[...new Set(notes)].join('; ')}` : ', whose titles say what they need'
