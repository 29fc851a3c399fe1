import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Customer } from '@guichet/domain'

/** A language that simulated customers write in. */
export type Language = 'fr' | 'en' | 'es'

/** A customer with their language. */
export type Writer = Customer & {
  readonly firstName: string
  readonly name: string
  readonly email: string
  readonly language: Language
}

const firstNames: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  fr: ['Chloé', 'Hugo', 'Manon', 'Louis', 'Zoé', 'Nathan', 'Léa', 'Théo', 'Élodie', 'Gaëlle'],
  en: ['Olivia', 'Noah', 'Amelia', 'Jack', 'Grace', 'Oscar', 'Ruby', 'Leo'],
  es: ['Lucía', 'Martín', 'Paula', 'Diego', 'Alba', 'Íñigo'],
}

const lastNames: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  fr: ['Martin', 'Dubois', 'Lefèvre', 'Garnier', 'Faure', 'Rousseau', 'Blanc', 'Chevalier'],
  en: ['Smith', 'Walker', 'Hughes', 'Green', 'Baker', 'O’Neill'],
  es: ['Fernández', 'López', 'Núñez', 'Romero', 'Vega'],
}

/** A customer of every simulated helpdesk, with tickets for those who try it out as a customer. */
export const regular: Writer = {
  id: 'c1',
  firstName: 'Noémie',
  name: 'Noémie Lambert',
  language: 'fr',
  email: 'noemie@example.com',
}

/** Returns the customer of a number, the same for the same seed. The first one is `regular`. */
export function customer(seed: string, number: number): Writer {
  if (number === 1) return regular
  const chance = createChance(seed, 'customer', number)
  const language = chance.weighted({ fr: 60, en: 28, es: 12 })
  const firstName = chance.pick(firstNames[language])
  const name = `${firstName} ${chance.pick(lastNames[language])}`
  const mailbox = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z ]/g, '')
    .replaceAll(' ', '.')
  return { id: `customer-${number}`, firstName, name, language, email: `${mailbox}.${number}@example.com` }
}

/** Random values that are reproducible from a seed. */
export type Chance = {
  /** Returns a whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number
  /** Returns a number from 0 to 1, excluding 1. */
  share(): number
  happens(probability: number): boolean
  pick<T>(choices: readonly [T, ...T[]]): T
  /** Returns one of the names, with probabilities by weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T
  /** Returns a duration with the given median, rarely more than six times as long, in the unit of the median. */
  about(median: number): number
}

/** @param seed of the random sequence: equal seeds give equal sequences. */
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

/** Returns a nearly normal value: mean 0, deviation 1. */
function bell(share: () => number): number {
  let sum = -6
  for (let n = 0; n < 12; n++) sum += share()
  return sum
}
