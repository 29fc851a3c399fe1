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
