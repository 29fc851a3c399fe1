import fc from 'fast-check'
import { expect, it } from 'vitest'
import { editDistance } from './edit-distance.ts'
import { foldText } from './fold-text.ts'
import { searchable, searchedWords } from './words.ts'

it.each([
  ['Problème RÉSEAU', 'probleme reseau'],
  ['Œuvre, Straße, Łódź', 'oeuvre, strasse, lodz'],
  ['ΠΡΌΒΛΗΜΑ', 'προβλημα'],
])('folds %s to %s', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})

it('folds what is folded to itself', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => foldText(foldText(text)) === foldText(text)))
})

it('parts a text into words and keeps addresses whole besides', () => {
  expect(searchable("L'imprimante: écrire à Zoe.Dupont@Example.com!")).toEqual({
    words: ['l', 'imprimante', 'ecrire', 'a', 'zoe', 'dupont', 'example', 'com'],
    addresses: ['zoe.dupont@example.com'],
  })
})

it('looks for an address as a whole, and for each word once', () => {
  expect(searchedWords('Panne panne a.b@example.com', 12)).toEqual(['a.b@example.com', 'panne'])
  expect(searchedWords('un deux trois', 2)).toEqual(['un', 'deux'])
})

it('finds every word of a text that it makes searchable', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('@')),
      (text) => {
        const { words } = searchable(text)
        expect(searchedWords(text, 1_000).every((word) => words.includes(word))).toBe(true)
      },
    ),
  )
})

it.each([
  ['imprimante', 'imprmiante', 1],
  ['connexion', 'conexion', 1],
  ['facture', 'fracture', 1],
  ['martin', 'martine', 1],
  ['ecran', 'crane', 2],
  ['', 'abc', 3],
])('counts the edits from %s to %s', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits)
  expect(editDistance(b, a)).toBe(edits)
})
