import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
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

it('marks words with soft hyphens and joiners in them as they are written', () => {
  const soft = 'Ver\u00adsand\u00adkosten, می\u200cخواهم'
  expect(shown(createMarker('xx', new Set(['versandkosten', 'ميخواهم'])).whole(soft))).toBe(
    '[Ver\u00adsand\u00adkosten], [می\u200cخواهم]',
  )
})

it('counts each occurrence once, however many there are', () => {
  const long = '地'.repeat(10_000)
  const counted = [vi.spyOn(Map.prototype, 'set'), vi.spyOn(Set.prototype, 'add')]
  const parts = createMarker('zh', new Set(['地地'])).best(long)
  const steps = counted.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  for (const each of counted) each.mockRestore()
  expect(shown(parts)).toBe(`[${'地'.repeat(240)}]`)
  expect(steps).toBeLessThan(100_000)
})

it('shows a stretch with as many different words as any other one', () => {
  const words = ['map', 'lock', 'key', 'door']
  const word = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...words) },
    { weight: 6, arbitrary: fc.constant('filler filler') },
  )
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 120 }), (parts) => {
      const text = parts.join(' ')
      const inStretch = (from: number): number => {
        const stretch = text.slice(from, from + 180)
        const isWhole = (each: string): boolean =>
          new RegExp(`(?<!\\w)${each}(?!\\w)`).test(stretch + text.slice(from + 180, from + 181))
        return words.filter((each) => isWhole(each) && stretch.includes(each)).length
      }
      const most = Math.max(
        0,
        ...[...text.matchAll(/(?<!\w)(?:map|lock|key|door)(?!\w)/g)].map(({ index }) => inStretch(index)),
      )
      const best = createMarker('xx', new Set(words)).best(text)
      const matches = new Set(best.filter(({ isMatch }) => isMatch).map(({ text: match }) => match))
      expect(matches.size).toBeGreaterThanOrEqual(most)
    }),
  )
})
