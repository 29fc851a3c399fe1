import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { root } from '../workspace/sources.ts'
import { processorSeconds, processorSecondsOfDescendants } from './processor.ts'

/** Where the costs of the latest run are, for `node .ci/costs.mjs`. */
const output = join(root, 'node_modules/.cache/test-costs.json')

type FileCost = {
  readonly file: string
  readonly project: string
  readonly tests: number
  /** Wall time from the start of its imports to the end of its hooks; that of imports, and of its tests. */
  readonly seconds: { readonly all: number; readonly imports: number; readonly tests: number }
  /** Processor time of the worker, and of the processes that the file has started. */
  readonly processor: { readonly own: number; readonly children: number }
}

/** Records the time and the processor time of each test file, and of what the files share. */
export class CostReporter implements Reporter {
  readonly #files = new Map<string, FileCost>()
  readonly #workers = new Set<number>()
  #begun = 0

  onTestRunStart(): void {
    this.#begun ||= Date.now()
  }

  onTestModuleEnd(module: TestModule): void {
    // A file whose tests are all skipped runs no hook, and has cost next to nothing.
    const { cost = { own: 0, children: 0 } } = module.meta()
    if ('pid' in cost) this.#workers.add(cost.pid)
    const { collectDuration, duration } = module.diagnostic()
    const tests = [...module.children.allTests()].map((test) => test.diagnostic()?.duration ?? 0)
    const file = relative(root, module.moduleId)
    this.#files.set(file, {
      file,
      project: module.project.name,
      tests: tests.length,
      seconds: {
        all: (collectDuration + duration) / 1_000,
        imports: collectDuration / 1_000,
        tests: tests.reduce((sum, each) => sum + each, 0) / 1_000,
      },
      processor: { own: cost.own, children: cost.children },
    })
  }

  onTestRunEnd(): void {
    const shared = Object.fromEntries(processorSecondsOfDescendants(this.#workers))
    const run = {
      at: new Date(this.#begun).toISOString(),
      seconds: (Date.now() - this.#begun) / 1_000,
      shared: { vitest: processorSeconds().own, ...shared },
      files: [...this.#files.values()],
    }
    mkdirSync(dirname(output), { recursive: true })
    const unfinished = `${output}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(run))
    renameSync(unfinished, output)
  }
}
