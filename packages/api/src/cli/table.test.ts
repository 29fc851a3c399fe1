import { expect, it } from 'vitest'
import { counted, spoken } from './table.ts'

it('speaks of one thing in the singular, and of any other number in the plural', () => {
  expect([0, 1, 2].map((number) => counted(number, 'ticket'))).toEqual(['0 tickets', '1 ticket', '2 tickets'])
})

it('says a duration in the units that tell it', () => {
  const lengths = [null, 0, 29_400, 45_000, 59_499, 59_500, 89_999, 5_520_000, 200_000_000]
  expect(lengths.map(spoken)).toEqual(['–', '0 s', '29 s', '45 s', '59 s', '1 min', '1 min', '1 h 32 min', '2 d 7 h'])
})
