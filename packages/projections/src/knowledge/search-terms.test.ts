import fc from 'fast-check'
import { expect, it } from 'vitest'
import { documentTerms, plainText } from './search-terms.ts'

it.each([
  ['# Title\n\n* one\n* two', 'Title one two'],
  ['See [the map](https://example.com/map) and ![a picture](x.png).', 'See the map and a picture.'],
  ['**bold**, `code` and <b>tags</b>', 'bold, code and tags'],
  ['{{ tts_table() }} before {#anchor} after', 'before after'],
  ['> quoted\n1. first\n2) second', 'quoted first second'],
  ['at https://example.com/a?b=c now', 'at now'],
  ['a snake_case name', 'a snake_case name'],
])('reads the text of %j as %j', (markdown, text) => {
  expect(plainText(markdown)).toBe(text)
})

it('counts each term in each text', () => {
  const texts = { title: 'Reset', description: 'resets, map', body: 'resetting a map map' }
  expect(documentTerms('en', texts)).toEqual({
    counts: [
      { term: 'reset', title: 1, description: 1, body: 1 },
      { term: 'map', title: 0, description: 1, body: 2 },
      { term: 'a', title: 0, description: 0, body: 1 },
    ],
    lengths: { title: 1, description: 2, body: 4 },
    words: ['reset', 'resets', 'map', 'resetting'],
    wordTerms: ['reset', 'reset', 'map', 'reset'],
  })
})

it('bounds the terms of an article', () => {
  const body = Array.from({ length: 30_000 }, (_, n) => `w${n}`).join(' ')
  expect(documentTerms('en', { title: '', description: '', body }).counts).toHaveLength(2_000)
})

it('counts every term that it lists at least once, in any text', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, text, (title, description, body) => {
      const { counts, words, wordTerms } = documentTerms('fr', { title, description, body })
      const terms = counts.map(({ term }) => term)
      expect(new Set(terms).size).toBe(terms.length)
      for (const each of counts) expect(each.title + each.description + each.body).toBeGreaterThan(0)
      expect(words).toHaveLength(wordTerms.length)
      for (const term of wordTerms) expect(terms).toContain(term)
    }),
  )
})

it('indexes words with soft hyphens and zero-width joiners in them as whole words', () => {
  const texts = { title: 'Ver\u00adsand\u00adkosten', description: 'می\u200cخواهم', body: 'क्\u200dष' }
  const { counts, lengths } = documentTerms('xx', texts)
  expect(counts.map(({ term }) => term)).toEqual(['versandkosten', 'ميخواهم', 'क्ष'])
  expect(lengths).toEqual({ title: 1, description: 1, body: 1 })
})
