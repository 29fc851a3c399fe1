import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partsOf, readFrontMatter, restoreIndentation, writeFrontMatter } from './front-matter.ts'

const lines = fc.array(
  fc.constantFrom('---', '+++', 'title: A', '', ' ', 'text', '\t', '{{ tts_table() }}', 'key: [a, b]'),
)
const ends = fc.constantFrom('\n', '\r\n')
const files = fc
  .tuple(fc.constantFrom('', '\ufeff'), lines, ends, fc.boolean())
  .map(([mark, all, end, isClosed]) => `${mark}${all.join(end)}${isClosed ? end : ''}`)

const front = (yaml: string): string => `---\n${yaml}\n---\n\nText.\n`

describe('a file', () => {
  it('is its parts, put together again', () => {
    fc.assert(
      fc.property(fc.oneof(files, fc.string()), (file) => {
        const { head, body, tail } = partsOf(file)
        expect(`${head}${body}${tail}`).toBe(file)
        expect([body.trimEnd(), tail.trim()]).toEqual([body, ''])
      }),
    )
  })

  it('has a text without its front matter, the blank lines around it and its line ends', () => {
    expect(partsOf('\ufeff---\r\ntitle: A\r\n---\r\n\r\n  One\r\nTwo')).toEqual({
      head: '\ufeff---\r\ntitle: A\r\n---\r\n\r\n',
      body: '  One\r\nTwo',
      tail: '',
    })
    expect(partsOf('One\n---\nTwo\n')).toEqual({ head: '', body: 'One\n---\nTwo', tail: '\n' })
  })
})

describe('a front matter', () => {
  it('is read with keys that nobody knows', () => {
    expect(readFrontMatter(front('title: A\nextra:\n  order: 30\ntaxonomies:\n  faq: ["App"]'))).toEqual({
      values: { title: 'A', extra: { order: 30 }, taxonomies: { faq: ['App'] } },
    })
    expect(readFrontMatter('Text.')).toEqual({ values: {} })
  })

  it.each([
    ['title: "A\nupdated: 1', 'front_matter_broken'],
    ['title: A\n  updated: 1', 'front_matter_broken'],
    ['- a\n- b', 'front_matter_broken'],
    ['title: A\ntitle: B', 'front_matter_broken'],
  ])('is read as far as it can be: %j', (yaml, code) => {
    expect(readFrontMatter(front(yaml))).toMatchObject({ fault: { code } })
  })

  it('may be in another language than YAML, or without an end', () => {
    expect(readFrontMatter('+++\ntitle = "A"\n+++\nText')).toMatchObject({ fault: { code: 'front_matter_unread' } })
    expect(readFrontMatter('---\ntitle: A\nText')).toMatchObject({ values: {}, fault: { code: 'front_matter_open' } })
  })

  it('is refused where its aliases grow, or it is nested too deep or too long', () => {
    const grown = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [index, name] of 'bcdefghi'.split('').entries()) {
      const before = 'abcdefghi'[index]
      grown.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`)
    }
    expect(readFrontMatter(front(grown.join('\n')))).toMatchObject({ refused: 'front_matter_unsafe' })
    expect(readFrontMatter(front('a: &a [*a, *a]'))).toMatchObject({ refused: 'front_matter_unsafe' })
    for (const deep of [25, 500, 9_000])
      expect(readFrontMatter(front(`a: ${'['.repeat(deep)}${']'.repeat(deep)}`))).toMatchObject({
        refused: 'front_matter_unsafe',
      })
    expect(readFrontMatter(front(`a: ${'x'.repeat(20_000)}`))).toMatchObject({ refused: 'front_matter_too_long' })
  })

  it('does not reach into the objects of the program', () => {
    const read = readFrontMatter(front('__proto__: {title: A}\nconstructor: 1'))
    expect('values' in read && read.values['title']).toBe(undefined)
    expect(({} as Record<string, unknown>)['title']).toBe(undefined)
  })

  it('has the indentation of another language again where it was lost', () => {
    const reference = { title: 'A', taxonomies: { faq: ['App'] }, extra: { order: 30 } }
    const lost = { title: 'B', taxonomies: null, faq: ['Aplicación'], extra: null, order: 30 }
    expect(restoreIndentation(lost, reference)).toMatchObject({
      keys: ['taxonomies', 'extra'],
      values: { title: 'B', taxonomies: { faq: ['Aplicación'] }, extra: { order: 30 } },
    })
    expect(restoreIndentation(reference, reference).keys).toEqual([])
    expect(restoreIndentation({ title: 'B', extra: null }, reference).keys).toEqual([])
  })

  it.each([
    ['title: Old # why\nx: [ 1,2 ]', 'title: "New" # why\nx: [ 1,2 ]'],
    ["x: 'a'\ntitle: >-\n  Old\n  title\ny:   2", 'x: \'a\'\ntitle: "New"\ny:   2'],
    ['title:\ny: 2', 'title: "New"\ny: 2'],
    ['title: \ny: 2', 'title: "New"\ny: 2'],
    ['y: 2', 'y: 2\ntitle: "New"'],
    ['"title": Old', '"title": "New"'],
  ])('is written with a new title, and all else as it was: %j', (before, after) => {
    expect(writeFrontMatter(`---\n${before}\n---\n\n`, { title: 'New' })).toBe(`---\n${after}\n---\n\n`)
  })

  it('is written where there was none, and not where it is broken', () => {
    expect(writeFrontMatter('', { title: 'A: “b”', keywords: ['x'] })).toBe(
      '---\ntitle: "A: “b”"\nkeywords: ["x"]\n---\n\n',
    )
    expect(writeFrontMatter('---\r\nx: 1\r\n---\r\n', { title: 'A' })).toBe('---\r\nx: 1\r\ntitle: "A"\r\n---\r\n')
    expect(writeFrontMatter('---\nx: "1\n---\n', { title: 'A' })).toBe(undefined)
    expect(writeFrontMatter('+++\nx = 1\n+++\n', { title: 'A' })).toBe(undefined)
  })
})
