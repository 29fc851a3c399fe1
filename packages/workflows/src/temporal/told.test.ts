import { expect, it } from 'vitest'
import { createTold } from './told.ts'

it('knows what a clock has learned, once', () => {
  const told = createTold()
  told.note('ticket-1', 5)
  expect(told.take('ticket-1', 5)).toBe(true)
  expect(told.take('ticket-1', 5)).toBe(false)
})

it('takes another version for news, after which it knows nothing', () => {
  const told = createTold()
  told.note('ticket-1', 5)
  expect(told.take('ticket-1', 6)).toBe(false)
  expect(told.take('ticket-1', 5)).toBe(false)
})

it('forgets what is long ago, and the oldest of very many', () => {
  let now = 0
  const told = createTold(() => now)
  told.note('ticket-1', 5)
  now = 10_001
  expect(told.take('ticket-1', 5)).toBe(false)
  for (let number = 0; number <= 10_000; number++) told.note(`ticket-${number}`, 1)
  expect(told.take('ticket-0', 1)).toBe(false)
  expect(told.take('ticket-1', 1)).toBe(true)
})
