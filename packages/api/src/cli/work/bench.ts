import { benchNames, runBench as measure } from '../../bench/run-bench.ts'
import { Fault } from '../../fault.ts'
import type { Context } from '../context.ts'

/** The options of the command. */
export type BenchOptions = { readonly quick?: boolean; readonly json?: boolean; readonly clocks?: number }

/** Runs the benchmark and prints the figures. */
export async function runBench(name: string | undefined, options: BenchOptions, { terminal }: Context): Promise<void> {
  if (name !== undefined && !benchNames.includes(name)) {
    throw new Fault('bench_unknown', `there is no measure ${name}`, { next: `there are ${benchNames.join(', ')}` })
  }
  await measure({ name, ...options, print: terminal.out })
}
