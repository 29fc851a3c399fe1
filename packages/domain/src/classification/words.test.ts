import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCharacters, wordsOf } from './features.ts'

describe('the words of a text', () => {
  it('are in lower case and without accents, in any script', () => {
    expect(wordsOf('Réglé: À L’ÉCOLE, n°42!')).toEqual(['regle', 'a', 'l', 'ecole', 'n', '42'])
    expect(wordsOf('لَم تَصِل الفـاتورة')).toEqual(['لم', 'تصل', 'الفاتورة'])
    expect(wordsOf('Straße ΌΧΙ жёлтый')).toEqual(['straße', 'οχι', 'желтыи'])
    expect(wordsOf('हिन्दी 한국어')).toEqual(['हिन्दी', '한국어'])
  })

  it('are the same whether accents are composed or not', () => {
    expect(wordsOf('re\u0301gle\u0301')).toEqual(wordsOf('réglé'))
  })

  it('are cut into pieces when nothing separates them, never in the middle of a character', () => {
    const pieces = wordsOf('𠮷'.repeat(95))
    expect(pieces.map((piece) => Array.from(piece).length)).toEqual([40, 40, 15])
    expect(pieces.join('')).toBe('𠮷'.repeat(95))
  })

  it('are those of the beginning, however long the text', () => {
    expect(wordsOf('ab '.repeat(1_000_000))).toHaveLength(Math.ceil(readCharacters / 3))
  })

  it('hold letters, marks and digits only, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{M}\p{N}]+$/u)
      }),
    )
  })
})
