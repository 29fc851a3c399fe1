import { describe, expect, it } from 'vitest'
import { reconnectDelay, retryDelay, terminated } from './back-off.ts'

const limitsOf = (delay: typeof retryDelay) =>
  Array.from({ length: 8 }, (_, attempt) => [delay(attempt, () => 0), delay(attempt, () => 1)])
const seconds = (limits: readonly number[]) => limits.map((limit) => [500, limit * 1_000])

it('waits from half a second to a limit that doubles up to thirty, anywhere between', () => {
  expect(limitsOf(retryDelay)).toEqual(seconds([1, 2, 4, 8, 16, 30, 30, 30]))
  expect(retryDelay(10_000, () => 1)).toBe(30_000)
})

it('waits longer for a connection that thousands may have lost in the same moment', () => {
  const after = (code: number) => limitsOf((attempt, random) => reconnectDelay(attempt, code, random))
  expect(after(1006)).toEqual(seconds([20, 30, 30, 30, 30, 30, 30, 30]))
  expect(after(1001)).toEqual(seconds([14, 28, 30, 30, 30, 30, 30, 30]))
  expect(after(terminated)).toEqual(limitsOf(retryDelay))
})

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const mostInASecond = (instants: readonly number[]): number => {
  const sorted = instants.toSorted((a, b) => a - b)
  let first = 0
  return sorted.reduce((most, instant, index) => {
    while ((sorted[first] ?? instant) <= instant - 1_000) first++
    return Math.max(most, index - first + 1)
  }, 0)
}

describe('5,000 widgets whose server goes', () => {
  const random = seeded(1)
  const widgets = Array.from({ length: 5_000 }, (_, index) => index)
  /** When a connection that was lost at an instant is made again, if servers answer from another one on. */
  const connectedAgain = (lostAt: number, code: number, answersFrom: number): number => {
    let at = lostAt
    for (let attempt = 0; attempt === 0 || at < answersFrom; attempt++) at += reconnectDelay(attempt, code, random)
    return at
  }

  it.each([0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 30, 60])(
    'connect at most 500 a second, if a server answers after %d s',
    (seconds) => {
      const answersFrom = seconds * 1_000
      const killed = widgets.map(() => connectedAgain(0, 1006, answersFrom))
      const drained = widgets.map((index) => connectedAgain(Math.floor(index / 25) * 50, 1001, answersFrom))
      expect(mostInASecond(killed)).toBeLessThanOrEqual(500)
      expect(mostInASecond(drained)).toBeLessThanOrEqual(500)
    },
  )
})
