import { expect, it } from 'vitest'
import type { StandingTold } from './told.ts'
import { createTold } from './told.ts'

const standing = (version: number, stream = 'ticket-1', dueAt = '2026-03-02T10:00:00.000Z'): StandingTold => ({
  stream,
  version,
  deadlines: [{ kind: 'chase', dueAt, cycle: 1 }],
})

it('knows what a clock has learned, once', () => {
  const told = createTold()
  told.note(standing(5))
  expect(told.take(standing(5))).toBe(true)
  expect(told.take(standing(5))).toBe(false)
})

it('takes another version for news, after which it knows nothing', () => {
  const told = createTold()
  told.note(standing(5))
  expect(told.take(standing(6))).toBe(false)
  expect(told.take(standing(5))).toBe(false)
})

it('takes for news what falls due at another instant under another configuration, or under it alone', () => {
  const told = createTold()
  told.note(standing(5))
  expect(told.take(standing(5, 'ticket-1', '2026-03-02T10:00:00.001Z'))).toBe(false)
  told.note({ ...standing(5), deadlines: [] })
  expect(told.take(standing(5))).toBe(false)
})

it('forgets what is long ago, and the oldest of very many', () => {
  let now = 0
  const told = createTold(() => now)
  told.note(standing(5))
  now = 10_001
  expect(told.take(standing(5))).toBe(false)
  for (let number = 0; number <= 10_000; number++) told.note(standing(1, `ticket-${number}`))
  expect(told.take(standing(1, 'ticket-0'))).toBe(false)
  expect(told.take(standing(1))).toBe(true)
})
