import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repairsOf } from './repair.ts'

describe('a repair', () => {
  it.each([
    ['jo@example.org', 'jo@example.org', undefined, []],
    ['Jo <jo@example.org>', 'jo@example.org', 'Jo', ['address_with_name']],
    ['"Martin, Jo" <jo@example.org>', 'jo@example.org', 'Martin, Jo', ['address_with_name']],
    ['<jo@example.org>', 'jo@example.org', undefined, ['address_with_name']],
    ['Jo <jo at example.org>', undefined, undefined, ['address_unreadable']],
    ['>jo@example.org<', undefined, undefined, ['address_unreadable']],
  ])('of the address %s gives address and name', (text, email, name, codes) => {
    const repairs = repairsOf()
    expect(repairs.address('mail', text)).toEqual(email && { email, name })
    expect(repairs.made.map(({ code }) => code)).toEqual(codes)
  })

  it('cuts a text between two graphemes, and says how long it was', () => {
    const repairs = repairsOf()
    const family = '👨‍👩‍👧'
    expect(repairs.cut('body', `${'x'.repeat(7)}${family}${'x'.repeat(20)}`, 12)).toBe(`${'x'.repeat(7)}…`)
    expect(repairs.made).toEqual([
      { code: 'text_cut', field: 'body', reason: 'body: has 32 characters; the first 12 are kept', matters: 'always' },
    ])
  })

  it('keeps a text that has as many characters as its field may have, also beyond the basic plane', () => {
    const repairs = repairsOf()
    expect(repairs.cut('name', '🐳'.repeat(200), 200)).toBe('🐳'.repeat(200))
    expect(repairs.made).toEqual([])
    expect(repairs.cut('name', '🐳'.repeat(201), 200)).toBe(`${'🐳'.repeat(199)}…`)
  })

  it('cuts any text to the length it may have, and leaves no half of a character', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 2, max: 300 }), (text, max) => {
        const cut = repairsOf().cut('body', text, max)
        expect(Array.from(cut).length).toBeLessThanOrEqual(max)
        expect(/\p{Surrogate}/u.test(cut)).toBe(false)
        expect(text.startsWith(cut.replace(/…$/, ''))).toBe(true)
      }),
    ))

  it.each(['a\u200db', 'a\u2800b', 'a\ufff9b', '\ufffbab', 'a\u3164b', 'ab\u200b '])(
    'takes what is not seen out of the id %j, and leaves one that a person may have',
    (id) => {
      const repairs = repairsOf()
      expect(repairs.seen('user', id)).toBe('ab')
      expect(repairs.made.map(({ code }) => code)).toEqual(['control_characters'])
      expect(repairsOf().seen('user', 'a b')).toBe('a b')
    },
  )

  it('matters always when it matters for the first row of a case and for later ones', () => {
    const repairs = repairsOf()
    repairs.mattering('first', () => repairs.printable('text', 'a\fb'))
    expect(repairs.made).toMatchObject([{ matters: 'first' }])
    expect(repairs.mattering('later', () => repairs.printable('text', 'a\fb'))).toBe('ab')
    expect(repairs.made).toMatchObject([{ code: 'control_characters', field: 'text', matters: 'always' }])
  })
})
