import { expect, it } from 'vitest'
import { costOfFilter } from './ticket-filter.ts'

it.each([' ', ',', '.', ' - ', '\u00a0', '(', '/'])(
  'computes the cost of a search from its words, separated by %j',
  (between) => {
    const search = (count: number) => ({ search: Array.from({ length: count }, (_, n) => `mot${n}`).join(between) })
    expect(costOfFilter(search(5))).toBe(500)
    expect(costOfFilter({ or: [search(5), search(3)] })).toBe(800)
  },
)

it('counts each word once', () => {
  expect(costOfFilter({ search: 'panne '.repeat(20) })).toBe(100)
  expect(costOfFilter({ search: Array.from({ length: 40 }, (_, n) => `m${n}`).join(' ') })).toBe(1_200)
})
