import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Chance that is the same again for the same seed. */
export type Chance = {
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number
  /** From 0 to 1, 1 excluded. */
  share(): number
  happens(probability: number): boolean
  pick<T>(choices: readonly [T, ...T[]]): T
  /** One of the names, each as likely as its weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T
  /** A duration whose median is given and that is seldom more than six times as long, in the unit of the median. */
  about(median: number): number
}

/** @param seed names the stream of chance: equal seeds give equal streams. */
export function createChance(...seed: readonly (string | number)[]): Chance {
  const generator = xoroshiro128plus(createHash('sha256').update(seed.join('/')).digest().readInt32LE(0))
  const whole = (least: number, most: number): number => uniformInt(generator, least, most)
  const share = (): number => whole(0, 0x3fffffff) / 0x40000000
  return {
    whole,
    share,
    happens: (probability) => share() < probability,
    pick: (choices) => choices[whole(0, choices.length - 1)] ?? choices[0],
    weighted: <T extends string>(weights: Readonly<Record<T, number>>) => {
      const entries = Object.entries<number>(weights) as [T, number][]
      let left = share() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      const chosen = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1)
      if (!chosen) throw new RangeError('a choice needs at least one weight')
      return chosen[0]
    },
    about: (median) => Math.round(median * Math.exp(0.9 * bell(share))),
  }
}

/** Nearly normal: mean 0, deviation 1. */
function bell(share: () => number): number {
  let sum = -6
  for (let n = 0; n < 12; n++) sum += share()
  return sum
}
