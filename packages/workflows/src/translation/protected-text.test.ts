import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProtectedText } from './protected-text.ts'
import { hasWords, protectText, restoreText, segmentsOf, withParts } from './protected-text.ts'

const protectedOf = (text: string, names: readonly string[] = []): ProtectedText => {
  const protectedText = protectText(text, names)
  if (!protectedText) throw new Error('the text has the beginnings of all tokens')
  return protectedText
}

const partsOf = (text: string, names: readonly string[] = []): readonly string[] => [
  ...protectedOf(text, names).parts.values(),
]

describe('what is cut out of a text', () => {
  it.each([
    ['see https://example.org/a?b=1#c, please', ['https://example.org/a?b=1#c']],
    ['write to zoe.martin+x@mail.example.org.', ['zoe.martin+x@mail.example.org']],
    ['ticket #735 and order INV-2024-001', ['#735', 'INV-2024-001']],
    ['error E1234, MAX_RETRIES, 0x80004005', ['E1234', 'MAX_RETRIES', '0x80004005']],
    ['the number 4111-1111-1111-1111', ['4111-1111-1111-1111']],
    ['run `npm ci` then\n```sh\nnpm start\n```\nplease', ['`npm ci`', '```sh\nnpm start\n```']],
    ['Hello {{customer.name}}, {name} [ORDER NUMBER] %s', ['{{customer.name}}', '{name}', '[ORDER NUMBER]', '%s']],
    ['I have 3 orders of 2024, all A4', ['A4']],
    ['Nothing of that is here.', []],
  ])('of %j are %j', (text, parts) => {
    expect(partsOf(text)).toEqual(parts)
  })

  it('are the names of the people who write, where they are written in the same way', () => {
    expect(partsOf('Dear Zoé Martin, martin and Li wait for Zoé', ['Zoé Martin', 'Li de'])).toEqual([
      'Zoé',
      'Martin',
      'Zoé',
    ])
  })
})

describe('the tokens of a text', () => {
  it('are short, whatever begins like one in it', () => {
    const { parts } = protectedOf(`ZQ${'X'.repeat(65_000)} INV-7 ${'ZQX0Z '.repeat(1_000)}`)
    expect([...parts.values()].at(0)).toBe('INV-7')
    for (const token of parts.keys()) expect(token.length).toBeLessThanOrEqual(10)
  })

  it('are none where the text has the beginnings of all', () => {
    const letters = ['Q', 'X', 'J', 'V', 'K']
    const all = letters.flatMap((one) => letters.map((other) => `Z${one}${other}`))
    expect(protectText(`${all.join(' ')} INV-7`)).toBeUndefined()
  })
})

describe('what comes back', () => {
  const original = protectedOf('Order INV-7 of Zoe: INV-7 is wrong', ['Zoe'])

  it('has the parts in the order of the other language, each as often as before', () => {
    const [order = '', zoe = '', again = ''] = [...original.parts.keys()]
    expect(restoreText(`${zoe} : ${again} est fausse, ${order}`, original.text, original.parts)).toBe(
      'Zoe : INV-7 est fausse, INV-7',
    )
  })

  it.each([
    ['one is missing', (text: string, [first = '']: readonly string[]) => text.replace(first, '')],
    ['one stands there twice', (text: string, [first = '']: readonly string[]) => `${text} ${first}`],
    ['one has become another', (text: string, [first = '', next = '']: readonly string[]) => text.replace(first, next)],
    ['one is new', (text: string) => `${text} ZQX77Z`],
  ])('is refused where %s', (_, change) => {
    const tokens = [...original.parts.keys()]
    expect(restoreText(change(original.text, tokens), original.text, original.parts)).toBeUndefined()
  })

  it('is the text again where nothing was translated, whatever it says', () => {
    const text = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('ZQX0Z', 'ZQX', 'E12', '```', '#7', ' ', '\n\n', 'Zoe')),
    )
    fc.assert(
      fc.property(text, (words) => {
        const whole = words.join('')
        const { text: replaced, parts } = protectedOf(whole, ['Zoe'])
        expect(withParts(replaced, parts)).toBe(whole)
        expect(restoreText(replaced, replaced, parts)).toBe(whole)
      }),
    )
  })
})

describe('the segments of a text', () => {
  it('are the text again, each within the limit', () => {
    const text = fc.array(fc.constantFrom('word', ' ', '\n', '\n\n', '. ', '。', 'x'.repeat(25)), { maxLength: 60 })
    fc.assert(
      fc.property(text, (words) => {
        const whole = words.join('')
        const segments = segmentsOf(whole, 20)
        expect(segments.map((each) => each.text + each.behind).join('')).toBe(whole)
        for (const each of segments) expect(each.text.length).toBeLessThanOrEqual(20)
      }),
    )
  })

  it('end between paragraphs where they can', () => {
    expect(segmentsOf('One. Two.\n\nThree.\n\nFour.', 20)).toEqual([
      { text: 'One. Two.\n\nThree.', behind: '\n\n' },
      { text: 'Four.', behind: '' },
    ])
  })

  it('without a word are not translated', () => {
    const { text, parts } = protectedOf('#735 `code` 12')
    expect(hasWords(text, parts)).toBe(false)
  })
})
