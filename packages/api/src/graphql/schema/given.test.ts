import { expect, it } from 'vitest'
import { given } from './given.ts'

it('leaves out what GraphQL calls null, at whatever depth, and keeps what a list holds', () => {
  const input = { a: null, b: undefined, c: { d: null, e: [{ f: null, g: 0 }, null] }, h: false, i: '' }
  expect(given(input)).toEqual({ c: { e: [{ g: 0 }, null] }, h: false, i: '' })
  expect(Object.keys(given(input))).toEqual(['c', 'h', 'i'])
})
