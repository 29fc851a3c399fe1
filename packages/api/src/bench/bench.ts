import type { Figure } from './figure.ts'
import type { Ground } from './ground.ts'

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
