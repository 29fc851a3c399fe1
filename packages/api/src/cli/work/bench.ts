import { benchNames, runBench as measure } from '../../bench/run-bench.ts'
import { Fault } from '../../fault.ts'
import type { Context } from '../context.ts'

/** What the command line gives. */
export type BenchOptions = { readonly quick?: boolean; readonly json?: boolean; readonly clocks?: number }

/** Measures, and prints the figures. */
export async function runBench(name: string | undefined, options: BenchOptions, { terminal }: Context): Promise<void> {
  if (name !== undefined && !benchNames.includes(name)) {
    throw new Fault('bench_unknown', `there is no measure ${name}`, { next: `there are ${benchNames.join(', ')}` })
  }
  await measure({ name, ...options, print: terminal.out })
}
