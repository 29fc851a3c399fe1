import type { Ground } from './ground.ts'
import { percentile } from './ground.ts'

/** The inputs of a measurement. */
export type Bench = {
  readonly ground: Ground
  /** Whether to measure only orders of magnitude; docs/performance.md records full runs. */
  readonly quick: boolean
  /** The duration and number of rounds in which a rate is measured. */
  readonly effort: { readonly seconds: number; readonly rounds: number }
  /** The number of clocks of `clock-many`, if given. */
  readonly clocks?: number | undefined
  /** The number of articles of `articles`, if given. */
  readonly articles?: number | undefined
}

/** Measures one or several related figures. */
export type Measure = (bench: Bench) => Promise<readonly Figure[]>

/** One measured number; `npm run bench -- --json` prints each as a line of JSON. */
export type Figure = {
  readonly name: string
  readonly unit: string
  readonly guichet: number | null
  /** The same work done by the peer event store; null if it has no equivalent. */
  readonly peer: number | null
  /** The same work done by the database with prepared SQL alone; null if there is no equivalent. */
  readonly limit: number | null
  /** The target for Guichet, in the same unit; null if there is none. */
  readonly target: number | null
  /** Whether the target was reached; null if there is no target or nothing was measured. */
  readonly met: boolean | null
  /** Why nothing was measured. */
  readonly skipped?: string
}

/** Units in which less is better; in all others more is better. */
const costs: ReadonlySet<string> = new Set([
  's',
  'ms',
  'µs',
  'MB',
  'kB',
  'transactions',
  'rows',
  'times',
  'messages',
  'drafts',
])

/**
 * Turns a measurement into a figure: rounds its numbers to three digits and compares it with its target. @throws Error
 * for a number that is not finite: then something that was waited for never came.
 */
export function figure(
  name: string,
  unit: string,
  guichet: number,
  others: { readonly peer?: number; readonly limit?: number; readonly target?: number } = {},
): Figure {
  const { peer, limit, target } = others
  if (!Number.isFinite(guichet)) throw new Error(`the figure ${name} is ${guichet} ${unit}`)
  const met = target === undefined ? null : costs.has(unit) ? guichet <= target : guichet >= target
  return { name, unit, guichet: short(guichet), peer: short(peer), limit: short(limit), target: short(target), met }
}

/** Returns a figure that could not be measured, with the reason. */
export function skipped(name: string, unit: string, target: number | null, reason: string): Figure {
  return { name, unit, guichet: null, peer: null, limit: null, target, met: null, skipped: reason }
}

function short(value: number): number
function short(value: number | undefined): number | null

function short(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(3))
}

/** Returns the 95th percentile over all queries, in milliseconds. Each runs a number of times, after two runs that do not count. */
export async function slowest<Q>(
  times: number,
  questions: readonly Q[],
  ask: (question: Q) => Promise<unknown>,
): Promise<number> {
  const took: number[] = []
  for (let time = -2; time < times; time++) {
    for (const question of questions) {
      const started = performance.now()
      await ask(question)
      if (time >= 0) took.push(performance.now() - started)
    }
  }
  return percentile(took, 0.95)
}

const widths = [30, 11, 10, 10, 10, 10] as const

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
    .join(' ')
    .trimEnd()

export const headings = `${row(['figure', 'unit', 'guichet', 'peer', 'limit', 'target'])}  met`

/** Formats a figure as a line of the table that `npm run bench` prints. */
export function asRow({ name, unit, guichet, peer, limit, target, met, skipped }: Figure): string {
  const numbers = [guichet, peer, limit, target].map((value) => value?.toLocaleString('en') ?? '–')
  const verdict = skipped ?? (met === null ? '' : met ? 'yes' : 'no')
  return `${row([name, unit, ...numbers])}  ${verdict}`.trimEnd()
}
