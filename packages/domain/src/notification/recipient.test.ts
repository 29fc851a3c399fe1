import { expect, it } from 'vitest'
import { languageBySource, languageOf } from './recipient.ts'

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

it.each([
  [{ preference: 'de', correction: 'fr', acceptLanguage: 'en', country: 'GB', detected: 'en' }, 'de', 'stated'],
  [{ correction: 'de', acceptLanguage: 'en', country: 'GB', detected: 'en' }, 'de', 'corrected'],
  [{ acceptLanguage: 'en', country: 'FR', detected: 'fr' }, 'en', 'browser'],
  [{ acceptLanguage: 'de', country: 'FR', detected: 'en' }, 'fr', 'country'],
  [{ acceptLanguage: 'de', country: 'PK', detected: 'en' }, 'en', 'detected'],
])('says what the language of %j follows from', (hints, language, source) => {
  expect(languageBySource(hints, speaks)).toEqual({ language, source })
})

it('detects no language that the desk does not speak', () => {
  expect(languageBySource({ detected: 'de' }, speaks)).toBeUndefined()
})
