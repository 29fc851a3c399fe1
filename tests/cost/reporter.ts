import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
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
  /** What the work of `probe.mjs` took while the file ran, on average, in processor milliseconds. */
  readonly probe: number
}

/** Records the time and the processor time of each test file, and of what the files share. */
export class CostReporter implements Reporter {
  readonly #files = new Map<string, FileCost>()
  readonly #workers = new Set<number>()
  readonly #probes: { readonly at: number; readonly milliseconds: number }[] = []
  #probe: ChildProcess | undefined
  #begun = 0

  onTestRunStart(): void {
    this.#begun ||= Date.now()
    this.#probe ??= this.#startProbe()
  }

  #startProbe(): ChildProcess {
    const probe = spawn(process.execPath, [join(import.meta.dirname, 'probe.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface(probe.stdout).on('line', (line) => {
      this.#probes.push({ at: Date.now(), milliseconds: Number(line) })
    })
    // Without it the budgets do not grow.
    probe.on('error', (error) => console.warn(`the slowness of this machine is not measured: ${error.message}`))
    probe.unref()
    return probe
  }

  /** The average of the probes since an instant, or else the one before it; 0 before the first. */
  #probeSince(instant: number): number {
    const since = this.#probes.filter(({ at }) => at >= instant)
    const counted = since.length > 0 ? since : this.#probes.slice(-1)
    return counted.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / Math.max(1, counted.length)
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
      probe: this.#probeSince(Date.now() - collectDuration - duration),
    })
  }

  onTestRunEnd(): void {
    const shared = Object.fromEntries(processorSecondsOfDescendants(this.#workers))
    this.#probe?.kill()
    this.#probe = undefined
    const run = {
      at: new Date(this.#begun).toISOString(),
      seconds: (Date.now() - this.#begun) / 1_000,
      probe: this.#probeSince(this.#begun),
      shared: { vitest: processorSeconds().own, ...shared },
      files: [...this.#files.values()],
    }
    mkdirSync(dirname(output), { recursive: true })
    const unfinished = `${output}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(run))
    renameSync(unfinished, output)
  }
}
