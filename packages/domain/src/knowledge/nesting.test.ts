import { expect, it } from 'vitest'
import { nestingOf } from './nesting.ts'

const nestedList = (levels: number, indent: number): string =>
  Array.from({ length: levels }, (_, level) => `${' '.repeat(indent * level)}- item`).join('\n')

it.each([
  ['a paragraph', 'Open **Settings**.\nThen save.', 0],
  ['a quote', '> Quoted\n> twice', 1],
  ['quotes in quotes', '> > > deep', 3],
  ['quotes without spaces', '>>>deep', 3],
  ['a list', '- one\n- two\n\n1. three\n2) four', 1],
  ['a list in a list', nestedList(5, 2), 5],
  ['a list that is indented further', nestedList(5, 4), 5],
  ['lists on one line', '- 1. * deep', 3],
  ['a list in a quote', '> - one\n>   - two', 3],
  ['a rule', '* * * * * * * *\n\n- - - -', 0],
  ['indented code', `${' '.repeat(80)}code`, 0],
  ['fenced code', '```\n> > > > code\n[[[[]]]]\n```\nText', 0],
  [
    'fenced code with other fences in it',
    '```\n~~~\n> code\n``\n``` js\n- ```\n> ```\n    ```\n> > code\n```\n> Text',
    1,
  ],
  ['fenced code in a list', '- one\n  ```\n  > > code\n\n  > > > code\n  ```\n  - two', 2],
  ['fenced code in a quote', '> ~~~~ js\n> - - - code\n> ~~~\n> - - code\n> ~~~~~\n> - Text', 2],
  ['what follows a line with backticks in it', '```code``` is no fence\n\n> > > deep', 3],
  ['what follows an indented fence', 'Text\n\n    ```\n\n> > > deep', 3],
  ['what follows fenced code that a quote or a list ends', '> ```\n> code\n\n- ```\n  code\n\nText\n\n> > > deep', 3],
  ['what a fence stands in', '> > > - ```', 4],
  ['a link', '[a](https://a.example)', 1],
  ['a picture in a link', '[![a](https://a.example)](https://b.example)', 2],
  ['brackets beside each other', '[a] [b] [c]', 1],
  ['brackets over two lines', '[a\n[b]]', 2],
  ['brackets of two paragraphs', '[a\n\n[b]]', 1],
  ['brackets without their end', '[[[[[[[[', 0],
  ['an escaped bracket', String.raw`\[[a]]`, 1],
])('counts the levels of %s', (_, markdown, levels) => {
  expect(nestingOf(markdown)).toBe(levels)
})

it.each([
  ['quotes', '>'.repeat(10_000)],
  ['quotes with spaces', '> '.repeat(10_000)],
  ['lists on a line', `${'- '.repeat(10_000)}a`],
  ['numbered lists on a line', `${'1. '.repeat(10_000)}a`],
  ['brackets', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
])('counts 10,000 %s', (_, markdown) => {
  expect(nestingOf(markdown)).toBe(10_000)
})

it('counts the levels of lists line by line, however many there are', () => {
  expect(nestingOf(nestedList(300, 2))).toBe(300)
})
