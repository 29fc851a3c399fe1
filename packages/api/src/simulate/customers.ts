import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Customer } from '@guichet/domain'

export type Language = 'fr' | 'en' | 'es'

/** Somebody who writes to the desk, in their language. */
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

/** A customer of every made-up helpdesk: whoever tries it out as a customer finds something there. */
export const regular: Writer = {
  id: 'c1',
  firstName: 'Noémie',
  name: 'Noémie Lambert',
  language: 'fr',
  email: 'noemie@example.com',
}

/** The customer of a number, the same for the same seed; the first one is the regular. */
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
