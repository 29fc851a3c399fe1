import fc from 'fast-check'
import { expect, it } from 'vitest'
import { editDistance, mayBeWithin } from './understand.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', 'ж'), maxLength: 7 })

it('never rules out by letters words that are within the edits', () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 2 }), (a, b, edits) => {
      if (editDistance(a, b, edits) <= edits) expect(mayBeWithin(edits, a, b)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

it('rules out words that differ in more letters or in length', () => {
  expect(mayBeWithin(2, 'facture', 'panneau')).toBe(false)
  expect(mayBeWithin(2, 'facture', 'fact')).toBe(false)
  expect(mayBeWithin(1, 'facture', 'fractures')).toBe(false)
})
