import { expect, it } from 'vitest'
import { withoutNestedNulls } from './command.ts'

it('removes null fields at any depth, and keeps the items of lists', () => {
  const input = { a: null, b: undefined, c: { d: null, e: [{ f: null, g: 0 }, null] }, h: false, i: '' }
  expect(withoutNestedNulls(input)).toEqual({ c: { e: [{ g: 0 }, null] }, h: false, i: '' })
  expect(Object.keys(withoutNestedNulls(input))).toEqual(['c', 'h', 'i'])
})
