import { expect, it } from 'vitest'
import { anchors, fences, links } from './markdown.ts'
import { exchanges, matches, withoutFigures } from './transcript.ts'

it('separates the commands of a session from their output', () => {
  expect(exchanges('$ one \\\n  --two\nfirst\nsecond\n\n$ three')).toEqual([
    { command: 'one \\\n  --two', output: 'first\nsecond' },
    { command: 'three', output: '' },
  ])
})

it('lets an ellipsis match any text, and matches everything else literally', () => {
  expect(matches('took … s', 'took 12.3 s')).toBe(true)
  expect(matches('a\n…\nz', 'a\nb\nc\nz')).toBe(true)
  expect(matches('a.c', 'abc')).toBe(false)
  expect(matches('a', 'a\nb')).toBe(false)
})

it('reads fences, links and anchors, but no links inside code', () => {
  const text = '# A `b` C!\n\n[x](y.md#z) `[no](no)`\n\n```ts run\n[no](no)\n```\n\n## A\n## A\n'
  expect(fences(text)).toEqual([{ info: 'ts run', code: '[no](no)', line: 5 }])
  expect(links(text)).toEqual(['y.md#z'])
  expect([...anchors(text)]).toEqual(['a-b-c', 'a', 'a-1'])
})

it('compares outputs without their figures, and not without their words', () => {
  const shown = 'kept    aim      met\n88.9 %  100.0 %  no (aim 45 s)\n1 h 5 min, first response\n2026-11-20  1\n…'
  expect(withoutFigures(shown)).toBe(withoutFigures('kept   aim    met\n–  80.0 %  yes\n3 min, first response'))
  expect(withoutFigures(shown)).not.toBe(withoutFigures(shown.replace('first', 'next')))
})
