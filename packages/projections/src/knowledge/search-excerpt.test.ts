import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ExcerptPart } from './search-excerpt.ts'
import { createMarker } from './search-excerpt.ts'

const shown = (parts: readonly ExcerptPart[]): string =>
  parts.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join('')

it('marks words in all their forms, and pairs of characters where there are no spaces', () => {
  expect(shown(createMarker('en', new Set(['map'])).whole('Maps, a map and mapping'))).toBe(
    '[Maps], a [map] and [mapping]',
  )
  expect(shown(createMarker('fr', new Set(['ete'])).whole("L'été dernier"))).toBe("L'[été] dernier")
  expect(shown(createMarker('zh', new Set(['定位', '位服'])).whole('无法定位服务'))).toBe('无法[定位服]务')
})

it('shows the stretch in which most of the words are', () => {
  const text = `map ${'filler '.repeat(100)}the map and the lock ${'filler '.repeat(100)}`
  const excerpt = shown(createMarker('en', new Set(['map', 'lock'])).best(text))
  expect(excerpt).toMatch(/the \[map\] and the \[lock\]/)
  expect(excerpt.length).toBeLessThan(260)
})

it('shows a piece of the text as it is written, whatever is marked, and cuts no character', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 600 })
  fc.assert(
    fc.property(text, fc.array(fc.string({ maxLength: 4 })), (given, terms) => {
      const marker = createMarker('en', new Set([...terms, 'a']))
      expect(
        marker
          .whole(given)
          .map((part) => part.text)
          .join(''),
      ).toBe(given)
      const best = marker
        .best(given)
        .map((part) => part.text)
        .join('')
      expect(given).toContain(best)
      expect(best.length).toBeLessThanOrEqual(240)
      const halves = /\p{Surrogate}/u
      if (!halves.test(given)) expect(best).not.toMatch(halves)
    }),
  )
})
