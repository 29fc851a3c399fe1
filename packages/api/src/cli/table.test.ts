import { expect, it } from 'vitest'
import { counted } from './table.ts'

it('speaks of one thing in the singular, and of any other number in the plural', () => {
  expect([0, 1, 2].map((number) => counted(number, 'ticket'))).toEqual(['0 tickets', '1 ticket', '2 tickets'])
})
