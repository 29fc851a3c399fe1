import { expect, it } from 'vitest'
import { readArticle } from './outline.ts'
import { withoutHiddenLinks } from './without-links.ts'

const shownTo = (markdown: string): Promise<string> =>
  withoutHiddenLinks(markdown, async (id) => !id.startsWith('secret'))

it.each([
  ['[a](article:secret-1) and [b](article:open)', '[a](#) and [b](article:open)'],
  ['[a](article:secret-1#part "Title")', '[a](# "Title")'],
  ['[a](<article:secret one#b>)', '[a](<#>)'],
  ['[a](article:secret%2D1)', '[a](#)'],
  ['[a][r]\n\n[r]: article:secret-1 "Title"', '[a][r]\n\n[r]: # "Title"'],
  ['a\n\n[r]: article:secret-1\n[r]: <article:secret-2>', 'a\n\n[r]: #\n[r]: <#>'],
  ['[a [b](article:open)](article:secret-1)', '[a [b](article:open)](#)'],
  ['![a](article:secret-1)', '![a](#)'],
  ['[![a](article:secret-1)](article:open)', '[![a](#)](article:open)'],
  ['<article:secret-1>', '<#>'],
  ['> - [a](article:secret-1), `article:secret-1`', '> - [a](#), `#`'],
  ['[a](https://a.example/?a&b)', '[a](https://a.example/?a&b)'],
  ['The id is secret-1, article:7 is none.', 'The id is secret-1, article:7 is none.'],
])('hides the ids of articles that a reader does not see: %s', async (markdown, expected) => {
  expect(await shownTo(markdown)).toBe(expected)
})

it.each([
  String.raw`[a](article\:secret-1) *b*`,
  String.raw`[a](article:secret\-1) *b*`,
  '[a](&#97;rticle:secret-1) *b*',
  '[a](article&colon;secret-1) *b*',
  '[a](article:secret&#45;1) *b*',
  'a *b*\n\n[r]: article&colon;secret-1',
])('shows the text alone where an address is written so that it cannot be replaced: %s', async (markdown) => {
  expect(await shownTo(markdown)).toBe('a b')
})

it('hides each of a thousand links, of which most are no links in HTML', async () => {
  const body = Array.from({ length: 1_000 }, (_, n) => `[${n}](article:secret-${n})`).join(' ')
  const shown = await shownTo(body)
  expect(shown).not.toContain('secret')
  expect(readArticle(shown).text).toBe(Array.from({ length: 1_000 }, (_, n) => n).join(' '))
})

it('asks nothing of a text without links', async () => {
  const asked: string[] = []
  const text = 'Text with [a link](https://a.example).'
  expect(await withoutHiddenLinks(text, async (id) => asked.push(id) > 0)).toBe(text)
  expect(asked).toEqual([])
})
