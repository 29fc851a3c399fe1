import type { Ground } from './ground.ts'
import { percentile } from './ground.ts'

/** What a measurement works with. */
export type Bench = {
  readonly ground: Ground
  /** A quick bench shows orders of magnitude; a full one is what docs/performance.md records. */
  readonly quick: boolean
  /** How long and how often a rate is measured. */
  readonly effort: { readonly seconds: number; readonly rounds: number }
  /** How many clocks are many, where it is said. */
  readonly clocks?: number | undefined
}

/** Measures one or a few figures that belong together. */
export type Measure = (bench: Bench) => Promise<readonly Figure[]>

/** One measured number, as `guichet bench --json` prints it: a line of JSON each. */
export type Figure = {
  readonly name: string
  readonly unit: string
  readonly guichet: number | null
  /** The same work done by the event store Guichet is compared with; null where it has no such thing. */
  readonly peer: number | null
  /** What the database does with prepared SQL and nothing around it; null where there is no such thing. */
  readonly limit: number | null
  /** What Guichet sets out to reach, in the same unit; null where it set out to reach nothing. */
  readonly target: number | null
  /** Whether it was reached; null when there is no target or nothing was measured. */
  readonly met: boolean | null
  /** Why nothing was measured. */
  readonly skipped?: string
}

/** Units in which less is better; in all others more is. */
const costs: ReadonlySet<string> = new Set(['s', 'ms', 'µs', 'MB', 'kB', 'transactions', 'rows', 'times'])

/** Completes a measurement to a figure: rounds its numbers to three digits and compares it with its target. */
export function figure(
  name: string,
  unit: string,
  guichet: number,
  others: { readonly peer?: number; readonly limit?: number; readonly target?: number } = {},
): Figure {
  const { peer, limit, target } = others
  const met = target === undefined ? null : costs.has(unit) ? guichet <= target : guichet >= target
  return { name, unit, guichet: short(guichet), peer: short(peer), limit: short(limit), target: short(target), met }
}

/** A figure that could not be measured here, and why. */
export function skipped(name: string, unit: string, target: number | null, reason: string): Figure {
  return { name, unit, guichet: null, peer: null, limit: null, target, met: null, skipped: reason }
}

function short(value: number): number
function short(value: number | undefined): number | null

function short(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(3))
}

/** The 95th percentile over all questions, in milliseconds, each asked so many times after two that do not count. */
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

/** A figure as a line of the table that `guichet bench` prints. */
export function asRow({ name, unit, guichet, peer, limit, target, met, skipped }: Figure): string {
  const numbers = [guichet, peer, limit, target].map((value) => value?.toLocaleString('en') ?? '–')
  const verdict = skipped ?? (met === null ? '' : met ? 'yes' : 'no')
  return `${row([name, unit, ...numbers])}  ${verdict}`.trimEnd()
}
