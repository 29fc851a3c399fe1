import { expect, it } from 'vitest'
import { countIn, directionOf, isolated, pluralCategories } from './locale.ts'
import { arabic } from './arabic.ts'

it.each([
  ['ar', 'rtl'],
  ['ur-PK', 'rtl'],
  ['he', 'rtl'],
  ['pa-Arab', 'rtl'],
  ['pa', 'ltr'],
  ['hi', 'ltr'],
  ['az-Latn', 'ltr'],
  ['xx', 'ltr'],
])('%s is written %s', (language, direction) => expect(directionOf(language)).toBe(direction))

it('isolates a value whose direction may differ from that of its text, and leaves it as it is', () => {
  expect(isolated('Invoice 7', 'en')).toBe('Invoice 7')
  expect(isolated('Invoice 7', 'ar')).toBe('\u2068Invoice 7\u2069')
  expect(isolated('فاتورة 7', 'en')).toBe('\u2068فاتورة 7\u2069')
  expect(isolated('one\ntwo', 'ar')).toBe('one\ntwo')
})

it.each([
  [1, 'يوم واحد'],
  [2, 'يومين'],
  [3, / أيام$/],
  [11, / يومًا$/],
  [100, / يوم$/],
])('counts %i days in Arabic in its own form', (days, text) => {
  expect(countIn('ar', days, arabic.days)).toMatch(text)
})

it('knows the plural categories of a language, and one for a language that Intl does not know', () => {
  expect(pluralCategories('ar')).toEqual(['zero', 'one', 'two', 'few', 'many', 'other'])
  expect(pluralCategories('xx')).toEqual(['other'])
})
