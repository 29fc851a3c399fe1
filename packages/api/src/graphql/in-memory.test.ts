import { describe, expect, it } from 'vitest'
import { sliceOf } from './paging.ts'

const all = ['a', 'b', 'c', 'd', 'e']
const keyset = (value: string) => ({ value, id: '' })
const cut = (page: Parameters<typeof sliceOf>[1]) => {
  const { rows, hasPrevious, hasNext } = sliceOf(all, page, (value) => ({ value, id: '' }))
  return [rows.map(({ row }) => row).join(''), hasPrevious, hasNext]
}

describe('a list held in memory', () => {
  it.each([
    ['from its start', { limit: 2 }, ['ab', false, true]],
    ['from its end', { limit: 2, backward: true }, ['de', true, false]],
    ['after a row', { limit: 2, after: keyset('b') }, ['cd', true, true]],
    ['before a row', { limit: 2, backward: true, before: keyset('d') }, ['bc', true, true]],
    ['between two rows', { limit: 9, after: keyset('a'), before: keyset('d') }, ['bc', true, true]],
    ['after its last row', { limit: 2, after: keyset('e') }, ['', true, false]],
    ['between two rows in the wrong order', { limit: 2, after: keyset('d'), before: keyset('b') }, ['', true, true]],
  ] as const)('is cut %s', (_, page, expected) => {
    expect(cut(page)).toEqual(expected)
  })

  it('refuses a row that is not in the list', () => {
    expect(() => cut({ limit: 1, after: keyset('x') })).toThrow(RangeError)
  })
})
