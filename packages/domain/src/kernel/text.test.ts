import { describe, expect, it } from 'vitest'
import { line, text } from './values.ts'

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
