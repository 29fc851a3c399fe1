import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stemsOf, stopWordsOf } from './stems.ts'
import { textWords } from './words.ts'

const termsOf = (language: string, text: string): readonly string[] =>
  textWords(text).flatMap((word) => stemsOf(language, word))

it.each([
  ['en', 'reset resetting resets'],
  ['fr', 'facture factures Factures'],
  ['de', 'Karte Karten'],
  ['es', 'mapa mapas'],
  ['pt-BR', 'mapa mapas'],
  ['ru', 'новый новая новые'],
  ['uk', 'карта карти картами'],
  ['ar', 'الكلمة كلمة بكلمة كَلِمَة'],
  ['hi', 'लड़का लड़के'],
  ['sv', 'kartor kartorna'],
])('gives the words of %s that differ by their endings one term: %s', (language, text) => {
  expect(new Set(termsOf(language, text)).size).toBe(1)
})

it.each([
  ['pl', 'mapy map', ['mapy', 'map']],
  ['ur', 'نقشہ', ['نقشہ']],
  ['zh-Hans', '定位不准', ['定位', '位不', '不准']],
  ['ja', '定位', ['定位']],
  ['tlh', 'maps', ['maps']],
])('leaves the words of %s as they are', (language, text, terms) => {
  expect(termsOf(language, text)).toEqual(terms)
})

it('gives a word with accents the terms of its forms with and without them', () => {
  const terms = termsOf('es', 'ubicación')
  expect(terms).toHaveLength(2)
  for (const form of ['ubicacion', 'ubicaciones', 'ubicación']) expect(terms).toContain(termsOf('es', form).at(-1))
})

it('knows the stop words of the primary language, and none of a language without a list', () => {
  expect([stopWordsOf('pt-BR'), stopWordsOf('ar'), stopWordsOf('constructor')]).toEqual([
    'portuguese',
    'simple',
    'simple',
  ])
})

it('makes no word empty, and none with white space, in any language', () => {
  const language = fc.constantFrom('ar', 'de', 'en', 'fr', 'hi', 'ne', 'ru', 'ta', 'tr', 'uk', 'el', 'sr', 'id')
  expect(termsOf('ar', '\ufc5e \u0645\ufc5e')).toEqual(['\u0645'])
  fc.assert(
    fc.property(language, fc.string({ unit: 'grapheme' }), (tag, text) => {
      for (const term of termsOf(tag, text)) expect(term).toMatch(/^\S+$/)
    }),
  )
})
