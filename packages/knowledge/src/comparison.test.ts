import { describe, expect, it } from 'vitest'
import type { ComparisonPart } from './comparison.ts'
import { compareTexts } from './comparison.ts'

const marked = (parts: readonly ComparisonPart[]): string =>
  parts.map(({ kind, text }) => ({ equal: text, added: `{+${text}+}`, removed: `{-${text}-}` })[kind]).join('')
const sideOf = (parts: readonly ComparisonPart[], other: ComparisonPart['kind']): string =>
  parts.flatMap(({ kind, text }) => (kind === other ? [] : [text])).join('')

const pseudoRandom = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
const wordsLike = (next: () => number, letters: number): string =>
  Array.from({ length: 100_000 }, () => String.fromCharCode(97 + Math.floor(next() * letters))).join(' ')

const longest = 100_000
const hostile: Readonly<Record<string, readonly [string, string]>> = {
  'no word in common': ['a '.repeat(longest / 2), 'b '.repeat(longest / 2)],
  'two words in random order': [
    wordsLike(pseudoRandom(1), 2).slice(0, longest),
    wordsLike(pseudoRandom(2), 2).slice(0, longest),
  ],
  'lines without spaces': ['a\n'.repeat(longest / 2), 'b\n'.repeat(longest / 2)],
  'a single line of Chinese': ['我们今天'.repeat(longest / 4), '今天我们去'.repeat(longest / 5)],
  'short runs of Chinese': ['我们今 '.repeat(longest / 4), '今我们,'.repeat(longest / 4)],
  'accents without letters': [`a${'\u0301'.repeat(longest - 1)}`, `b${'\u0301'.repeat(longest - 1)}`],
  emoji: ['😀'.repeat(longest / 2), '😁'.repeat(longest / 2)],
}

describe('the comparison of two texts', () => {
  it('marks the words that differ', () => {
    expect(marked(compareTexts('Open the settings.', 'Open your settings, then save.'))).toBe(
      'Open {-the-}{+your+} settings{+, then save+}.',
    )
    expect(compareTexts('Same.', 'Same.')).toEqual([{ kind: 'equal', text: 'Same.' }])
    expect(compareTexts('', '')).toEqual([])
  })

  it('finds the words of scripts without spaces', () => {
    expect(marked(compareTexts('我们今天去学校。', '我们明天去学校。'))).toBe('我们{-今天-}{+明天+}去学校。')
  })

  it('compares texts that differ in very many words by lines', () => {
    const lines = (word: string): string =>
      Array.from({ length: 400 }, (_, n) => `${word} ${word}${n} ${word}\n`).join('')
    const parts = compareTexts(`first\n${lines('a')}last\n`, `first\n${lines('b')}last\n`)
    expect(parts.map(({ kind }) => kind)).toContain('equal')
    expect(parts[0]).toEqual({ kind: 'equal', text: 'first\n' })
  })

  it.each(Object.entries(hostile))('is quick and loses nothing: %s', (_, [before, after]) => {
    const begin = process.cpuUsage()
    const parts = compareTexts(before, after)
    const { user, system } = process.cpuUsage(begin)
    expect((user + system) / 1_000_000).toBeLessThan(3)
    expect(sideOf(parts, 'added')).toBe(before)
    expect(sideOf(parts, 'removed')).toBe(after)
  })
})
