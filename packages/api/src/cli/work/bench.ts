import { Fault } from '../../fault/fault.ts'
import type { Context } from '../context.ts'
import { benchNames, runBench } from '../../bench/index.ts'

/** What the command line gives. */
export type Options = { readonly quick?: boolean; readonly json?: boolean; readonly clocks?: number }

/** Measures, and prints the figures. */
export async function run(name: string | undefined, options: Options, { terminal }: Context): Promise<void> {
  if (name !== undefined && !benchNames.includes(name)) {
    throw new Fault('bench_unknown', `there is no measure ${name}`, { next: `there are ${benchNames.join(', ')}` })
  }
  await runBench({ name, ...options, print: terminal.out })
}
