import { expect, it } from 'vitest'
import { counted, formatElapsed } from './table.ts'

it('formats durations in their two largest units, and those under a minute in seconds', () => {
  const formatted = [0, 400, 45_000, 59_600, 92 * 60_000, 50 * 3_600_000].map(formatElapsed)
  expect(formatted).toEqual(['0 min', '0 min', '45 s', '1 min', '1 h 32 min', '2 d 2 h'])
  expect(formatElapsed(null)).toBe('–')
})

it('speaks of one thing in the singular, and of any other number in the plural', () => {
  expect([0, 1, 2].map((number) => counted(number, 'ticket'))).toEqual(['0 tickets', '1 ticket', '2 tickets'])
})
