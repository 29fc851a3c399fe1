import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Page, Slice } from './reader.ts'
import { mergedSlices } from './slice.ts'

const slice = (numbers: readonly number[], { limit, backward }: Page): Slice<number> => {
  const rows = numbers.toSorted((a, b) => a - b).map((row) => ({ row, keyset: { value: '', id: String(row) } }))
  const cut = backward ? rows.slice(-limit) : rows.slice(0, limit)
  const more = rows.length > limit
  return { rows: cut, hasPrevious: backward === true && more, hasNext: backward !== true && more }
}

it('equals the page of a single sorted list', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 12 })
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 6 }), fc.boolean(), (all, limit, backward) => {
      const page = { limit, backward }
      const lists = [all.filter((number) => number % 3 === 0), all.filter((number) => number % 3 !== 0)]
      const together = mergedSlices(
        lists.map((list) => slice(list, page)),
        page,
        (a, b) => a - b,
      )
      expect(together).toEqual(slice(all, page))
    }),
  )
})
