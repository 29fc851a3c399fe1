export type { Figure } from './figure.ts'
export { benchNames, runBench } from './run-bench.ts'
export type { BenchOptions } from './run-bench.ts'
