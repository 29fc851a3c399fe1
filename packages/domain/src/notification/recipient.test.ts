import { expect, it } from 'vitest'
import { languageOf } from './recipient.ts'

const speaks = (language: string): boolean => ['fr', 'en'].includes(language.split('-')[0] ?? '')

it.each([
  [{ preference: 'de', acceptLanguage: 'fr', country: 'GB' }, 'de'],
  [{ acceptLanguage: 'fr-CA,fr;q=0.9,en;q=0.8', country: 'GB' }, 'fr-CA'],
  [{ acceptLanguage: 'de-DE,de;q=0.9,en;q=0.3,fr;q=0.7', country: 'GB' }, 'fr'],
  [{ acceptLanguage: 'EN-us', country: 'FR' }, 'en-us'],
  [{ acceptLanguage: 'en;q=0, fr;q=0.001' }, 'fr'],
  [{ acceptLanguage: 'en;q=2, *;q=1, fr;q=x, ;;, 12', country: 'FR' }, 'fr'],
  [{ acceptLanguage: 'de', country: 'GB' }, 'en'],
  [{ country: 'FR' }, 'fr'],
  [{ country: 'PK' }, undefined],
  [{ acceptLanguage: '*' }, undefined],
  [{ acceptLanguage: ','.repeat(100_000) }, undefined],
  [{}, undefined],
])('finds the language of %j: preference, then browser, then country', (hints, language) => {
  expect(languageOf(hints, speaks)).toBe(language)
})
