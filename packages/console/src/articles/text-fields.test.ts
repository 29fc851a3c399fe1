import { expect, it } from 'vitest'
import { memoryStorage } from '../connection/storage.ts'
import { createDrafts } from '../conversation/draft.ts'
import { commaList } from './article-desk.ts'
import { isSameText, unsavedText } from './text-fields.ts'

const text = { title: 'Title', excerpt: '', body: 'Body', keywords: ['mail'], slug: 'title' }

it('reads a text that was kept, and nothing of what is damaged, or not such a text', () => {
  const drafts = createDrafts(memoryStorage(), 'drafts:')
  const kept = (value: string): unknown => {
    drafts.keep('reset:en', value)
    return unsavedText(drafts, 'reset:en')
  }
  expect(kept(JSON.stringify({ ...text, basedOn: 3 }))).toEqual({ ...text, basedOn: 3 })
  expect(kept('')).toBeUndefined()
  expect(kept('{"title"')).toBeUndefined()
  expect(kept('null')).toBeUndefined()
  expect(kept(JSON.stringify({ ...text, basedOn: '3' }))).toBeUndefined()
  expect(kept(JSON.stringify({ ...text, keywords: [1], basedOn: 3 }))).toBeUndefined()
  expect(kept(JSON.stringify({ ...text, body: null, basedOn: 3 }))).toBeUndefined()
  expect(kept(JSON.stringify({ ...text, slug: 3, basedOn: 3 }))).toBeUndefined()
  // A text that was kept before there was a field for its address.
  expect(kept(JSON.stringify({ ...text, slug: undefined, basedOn: 3 }))).toMatchObject({ body: 'Body', basedOn: 3 })
})

it('compares texts by what is in them, whatever else is', () => {
  expect(isSameText(text, { ...text, basedOn: 3 } as typeof text)).toBe(true)
  expect(isSameText(text, { ...text, keywords: [] })).toBe(false)
  expect(isSameText(text, { ...text, body: 'Body ' })).toBe(false)
})

it('splits a list at Latin and Arabic commas, and names each once', () => {
  expect(commaList(' mail, password ,, mail، fax ')).toEqual(['mail', 'password', 'fax'])
  expect(commaList(' , ')).toEqual([])
})
