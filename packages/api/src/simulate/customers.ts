import type { Customer } from '@guichet/domain'
import { createChance } from './chance.ts'

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
