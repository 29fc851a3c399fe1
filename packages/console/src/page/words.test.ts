import { expect, it } from 'vitest'
import { wordsFor } from './words.ts'

it.each([
  ['fr', 'fr'],
  ['fr-CA', 'fr-CA'],
  ['fr_FR', 'fr-FR'],
  ['FR-be', 'fr-BE'],
  ['en-GB', 'en-GB'],
  ['en-u-hc-h12', 'en'],
  ['es-419', 'en'],
  ['de-AT', 'en'],
  ['ar', 'en'],
  ['fra', 'en'],
  ['', 'en'],
])('a page for %j writes in %s: its words, its dates and its numbers', (wanted, locale) => {
  const { language, words, formats } = wordsFor(wanted)
  expect([language, words.send, formats.locale]).toEqual([
    locale.slice(0, 2),
    locale.startsWith('fr') ? 'Envoyer' : 'Send',
    locale,
  ])
})

it('takes the first language that it has words for, with a region from a later one, and never another language', () => {
  expect(wordsFor(null, 'en', 'fr-CA', 'en-GB').formats.locale).toBe('en-GB')
  expect(wordsFor('de', 'ar', 'fr-CH').formats.locale).toBe('fr-CH')
  expect(wordsFor('de', 'de-DE', 'ar-EG').formats.locale).toBe('en')
})
