import { describe, expect, it } from 'vitest'
import type { LinkQuery } from './links.ts'
import { createLinks } from './links.ts'

const { pages, check, sign } = createLinks(new Uint8Array(32).fill(7))
const end = new Date('2026-03-02T09:00:00Z')
const before = new Date('2026-03-02T08:59:59Z')
const queryOf = (link: string): LinkQuery => Object.fromEntries(new URLSearchParams(link.split('?').at(-1)))

describe('a signed link to a page', () => {
  const page = ['article-preview', 'reset', 'en', '3']
  const query = queryOf(pages.sign(page, end))

  it('opens that page until its end, wherever the secret is the same', () => {
    expect(pages.check(page, query, before)).toBe('valid')
    expect(pages.check(page, query, new Date('2026-03-02T09:00:01Z'))).toBe('expired')
    expect(createLinks(new Uint8Array(32).fill(8)).pages.check(page, query, before)).toBe('invalid')
  })

  it('opens no other page, however its name is split, and lasts no longer than it says', () => {
    for (const other of [
      ['article-preview', 'reset', 'en', '4'],
      ['article-preview', 'reset,en', '3'],
      page.slice(1),
      [],
    ])
      expect(pages.check(other, query, before)).toBe('invalid')
    expect(pages.check(page, { ...query, expires: '9999999999' }, before)).toBe('invalid')
    for (const wrong of [{}, { expires: ['1'] }, { ...query, signature: '' }, { ...query, signature: 1 }])
      expect(pages.check(page, wrong, before)).toBe('invalid')
  })

  it('opens no file, and none to a file opens a page', () => {
    const ofFile = queryOf(sign('f1', 'content', end))
    expect(check('f1', 'content', ofFile, before)).toBe('valid')
    expect(pages.check(['content', 'f1'], ofFile, before)).toBe('invalid')
    expect(check('f1', 'content', queryOf(pages.sign(['content', 'f1'], end)), before)).toBe('invalid')
  })
})
