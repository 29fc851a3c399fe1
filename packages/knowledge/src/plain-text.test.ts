import { expect, it } from 'vitest'
import { plainTextOf } from './plain-text.ts'

const options = {
  addressOf: async (id: string) => (id === 'open' ? 'https://help.example/open' : undefined),
  filesOf: async () =>
    new Map([['f1', { content: 'https://help.example/files/f1', picture: 'https://help.example/files/f1/preview' }]]),
}

it('writes paragraphs, lists and tables with their signs', async () => {
  const markdown = [
    '# Record a *track*',
    'Press **Start**,\nthen walk.',
    '',
    '1. Open the menu',
    '2. Choose:',
    '   - foot',
    '   - bike',
    '',
    'After it:',
    '',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '',
    '```\nx  = 1\n```',
  ].join('\n')
  expect(await plainTextOf(markdown, options)).toBe(
    [
      'Record a track',
      '',
      'Press Start, then walk.',
      '',
      '1. Open the menu',
      '2. Choose:',
      '  - foot',
      '  - bike',
      '',
      'After it:',
      '',
      'a | b',
      '',
      '1 | 2',
      '',
      'x  = 1',
    ].join('\n'),
  )
})

it('puts the address of each link and picture behind it, and that of an article only for who may read it', async () => {
  const markdown =
    'See [this](article:open#x), [that](article:secret), ![the button](file:f1), [site](https://example.org/a), <https://example.org/b>, [below](#here) and [bad](javascript:alert(1)).'
  expect(await plainTextOf(markdown, options)).toBe(
    'See this (https://help.example/open), that, the button (https://help.example/files/f1), site (https://example.org/a), https://example.org/b, below and bad.',
  )
})

it('writes an article of ten thousand nested lists', async () => {
  const deep = Array.from({ length: 10_000 }, (_, n) => `${' '.repeat(Math.min(n, 200))}- x`).join('\n')
  expect((await plainTextOf(deep, options)).length).toBeGreaterThan(10_000)
})
