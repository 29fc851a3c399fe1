import { benchNames, runBench as measure } from '../../bench/run-bench.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'

/** The options of the command. */
export type BenchOptions = {
  readonly quick?: boolean
  readonly json?: boolean
  readonly clocks?: number
  readonly roundMs?: number
}

/** Runs the benchmark and prints the figures. */
export async function runBench(names: readonly string[], options: BenchOptions, { terminal }: Context): Promise<void> {
  const unknown = names.find((name) => !benchNames.includes(name))
  if (unknown !== undefined) {
    throw new CommandFault('bench_unknown', `there is no measure ${unknown}`, {
      next: `there are ${benchNames.join(', ')}`,
    })
  }
  await measure({ names, ...options, print: terminal.out })
}
