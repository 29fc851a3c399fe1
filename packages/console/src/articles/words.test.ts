import { expect, it } from 'vitest'
import { articleWords as english } from './words-english.ts'
import { articleWords as french } from './words-french.ts'

/** Words of authors that are the same in both languages. */
const shared = ['articles', 'public', 'EXPERT', 'revisionLine']

it('French says each text of authors in words of its own, and misses none', () => {
  expect(Object.keys(french)).toEqual(Object.keys(english))
  const same = Object.entries(french).filter(([key, text]) => text === english[key as keyof typeof english])
  expect(same.map(([key]) => key)).toEqual(shared)
})

it('French has the values of each text of authors', () => {
  const valuesOf = (text: string): readonly string[] => [...text.matchAll(/\{\d\}/g)].map(([value]) => value).sort()
  for (const [key, text] of Object.entries(english))
    expect([key, valuesOf(french[key as keyof typeof english])]).toEqual([key, valuesOf(text)])
})
