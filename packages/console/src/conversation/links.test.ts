import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { partsOf } from './links.ts'

/** The links of a text: what is shown, and where it leads if that is written otherwise. */
const linksIn = (text: string): readonly string[] =>
  partsOf(text).flatMap(({ text: shown, href }) =>
    href === undefined ? [] : [shown === href || `${shown}/` === href ? shown : `${shown} -> ${href}`],
  )

describe('a link in a text', () => {
  it.each([
    ['See https://shop.example/orders/12?id=3#top now', ['https://shop.example/orders/12?id=3#top']],
    ['HTTP://SHOP.EXAMPLE', ['HTTP://SHOP.EXAMPLE -> http://shop.example/']],
    ['www.shop.example', ['www.shop.example -> https://www.shop.example/']],
    ['mailto:zoe@shop.example', ['mailto:zoe@shop.example']],
    ['Write to zoe.martin+1@shop.example.', ['zoe.martin+1@shop.example -> mailto:zoe.martin+1@shop.example']],
    ['http://127.0.0.1:4000/chat', ['http://127.0.0.1:4000/chat']],
    ['a\nhttps://a.example\nhttps://b.example\n', ['https://a.example', 'https://b.example']],
    [
      'https://fr.wikipedia.example/Été',
      ['https://fr.wikipedia.example/Été -> https://fr.wikipedia.example/%C3%89t%C3%A9'],
    ],
    ['Voir:https://shop.example/a', ['https://shop.example/a']],
    ['URL:http://shop.example', ['http://shop.example']],
    ['Siehe.https://shop.example', ['https://shop.example']],
    ['Web:www.shop.example', ['www.shop.example -> https://www.shop.example/']],
    ['-https://shop.example', ['https://shop.example']],
    ['E-Mail:info@shop.example', ['info@shop.example -> mailto:info@shop.example']],
    ['info@müller.example', ['info@müller.example -> mailto:info@xn--mller-kva.example']],
    ["o'brien@shop.example", ["o'brien@shop.example -> mailto:o'brien@shop.example"]],
    ["'info@shop.example'", ['info@shop.example -> mailto:info@shop.example']],
    ['邮箱info@shop.example', ['info@shop.example -> mailto:info@shop.example']],
    ['https://a.example,https://b.example', ['https://a.example', 'https://b.example']],
    ['https://a.example/1;https://b.example/2', ['https://a.example/1', 'https://b.example/2']],
    [
      'www.a.example,www.b.example',
      ['www.a.example -> https://www.a.example/', 'www.b.example -> https://www.b.example/'],
    ],
    ['https://a.example/?1,2;3', ['https://a.example/?1,2;3']],
    ['https://a.example/?to=https://b.example', ['https://a.example/?to=https://b.example']],
    ['[https://a.example](https://b.example)', ['https://a.example', 'https://b.example']],
    ['[text](https://a.example/b)', ['https://a.example/b']],
    ["['https://a.example/1','https://b.example/2']", ['https://a.example/1', 'https://b.example/2']],
  ])('is found in %j', (text, links) => expect(linksIn(text)).toEqual(links))

  it.each([
    ['https://a.example.', 'https://a.example'],
    ['https://a.example/b, and', 'https://a.example/b'],
    ['(https://a.example/b)', 'https://a.example/b'],
    ['https://a.example/b_(c)', 'https://a.example/b_(c)'],
    ['(see https://a.example/b_(c)).', 'https://a.example/b_(c)'],
    ['« https://a.example/b »', 'https://a.example/b'],
    ['“https://a.example/b”', 'https://a.example/b'],
    ['https://a.example/b?!', 'https://a.example/b'],
    ['*https://a.example/b*', 'https://a.example/b'],
    ['看https://a.example/b，谢谢', 'https://a.example/b'],
    ['https://a.example/b؟', 'https://a.example/b'],
    ['https://a.example/b/', 'https://a.example/b/'],
    ['https://a.example/b…', 'https://a.example/b'],
  ])('ends before the punctuation of %j', (text, link) => expect(linksIn(text)).toEqual([link]))

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt://a.example/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x file:///etc/passwd ftp://a.example blob:https://a.example/1',
    'https://bank.example@elsewhere.example/',
    'https://zoe:secret@bank.example',
    'https://',
    'https://.',
    'http://)',
    'www.',
    'www..',
    'mailto:',
    'mailto:nobody',
    'xhttps://a.example',
    'a.b.c 12:30 e.g. 3.14',
    '@zoe',
    'zoe@',
    'zoe@localhost',
    'view-source:https://a.example',
    'ftp://zoe:secret@bank.example',
    'sip:zoe@a.example',
    'o’brien@shop.example',
    'a&b@shop.example',
    'https://ex\u00adample.com/a',
    'https://shop.example/lo\u00adng',
    'info@shop.ex\u00adample',
    'o\u00adbrien@shop.example',
  ])('is not made of %j', (text) => expect(linksIn(text)).toEqual([]))

  it('never contains markup, quotes or characters that turn the direction of writing', () => {
    expect(linksIn('https://a.example/"onmouseover="alert(1)')).toEqual(['https://a.example/'])
    expect(linksIn('<a href="https://a.example/b">https://c.example</a>')).toEqual([
      'https://a.example/b',
      'https://c.example',
    ])
    expect(linksIn('https://a.example/\u202egnp.exe')).toEqual(['https://a.example/'])
  })

  it('is whole, however long it is', () => {
    const long = `https://files.example/x?signature=${'a'.repeat(9_000)}&end=1`
    expect(linksIn(`See ${long} now`)).toEqual([long])
  })

  it('leaves every text as it is, and leads to the web or to e-mail alone', () => {
    const piece = fc.constantFrom(
      'https://',
      'a.example',
      'www.',
      'mailto:',
      '@',
      ':',
      '/',
      '(',
      ')',
      '.',
      ' ',
      '\u202e',
    )
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 12 })
    fc.assert(
      fc.property(text, (given) => {
        const parts = partsOf(given.join(''))
        expect(parts.map((part) => part.text).join('')).toBe(given.join(''))
        for (const { href } of parts) expect(href ?? 'https:').toMatch(/^(?:https?|mailto):/)
      }),
    )
  })

  it.each([
    '(',
    'https://',
    'a@',
    'www.',
    'https://a.example/)',
    'a.',
    ',',
    "o'",
    'https://a,',
    ',www.',
    ':a@',
    'https://a.',
    'https://é',
    'www.a.https://b.',
  ])('is looked for once in %j ten thousand times', (piece) => {
    const text = piece.repeat(10_000)
    expect(
      partsOf(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })

  it.each(['https://a.', 'https://é', 'www.a.https://b.'])('is matched as far as the next one in %j', (piece) => {
    const text = piece.repeat(500)
    const matching = vi.spyOn(RegExp.prototype, 'exec')
    try {
      partsOf(text)
      const matched = matching.mock.results.map(({ value }) => (value as RegExpExecArray | null)?.[0].length ?? 0)
      expect(matched.length).toBeGreaterThan(500)
      expect(matched.reduce((sum, length) => sum + length, 0)).toBeLessThan(3 * text.length)
    } finally {
      matching.mockRestore()
    }
  })
})
