import { describe, expect, it } from 'vitest'
import { cutTo, isLongerThan, line, printable, text } from './values.ts'

describe('a text', () => {
  it.each(['', ' ', '\t\n', '\u00a0', '\u200b', '\ufeff \u200d', '\u3164', '\u{e0100}'])(
    'shows its reader something, which %j does not',
    (blank) => expect(text(10).safeParse(blank).success).toBe(false),
  )

  it.each(['a', 'é', '東', '👩\u200d🔧', 'e\u200b', '.'])('may be as short as %j', (short) =>
    expect(text(10).parse(short)).toBe(short),
  )

  it('is on one line when required', () => {
    expect(line(10).safeParse('a\nb').success).toBe(false)
    expect(text(10).safeParse('a\nb').success).toBe(true)
  })
})

describe('the length of a text', () => {
  it.each(['a', 'é', '東', '😀', '𠀀', 'a😀'])('is counted in characters, as schemas count it: %j', (part) => {
    for (const count of [0, 1, 2, 3, 9, 10, 11, 20, 21]) {
      const given = part.repeat(count)
      expect([given, isLongerThan(given, 10)]).toEqual([given, !printable(10).safeParse(given).success])
      expect(Array.from(cutTo(given, 10))).toEqual(Array.from(given).slice(0, 10))
    }
  })
})
