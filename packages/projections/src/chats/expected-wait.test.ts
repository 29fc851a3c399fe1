import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expectedWait } from './expected-wait.ts'

const minute = 60_000
const pace = { places: 6, freePlaces: 0, handled: 40, meanHandling: 6 * minute, abandoning: 0 }

it('is the time of as many ends as it takes until a place is free', () => {
  expect(expectedWait(1, pace)).toMatchObject({ mean: minute })
  expect(expectedWait(5, pace)).toMatchObject({ mean: 5 * minute })
  expect(expectedWait(5, { ...pace, freePlaces: 2 })).toMatchObject({ mean: 3 * minute })
  expect(expectedWait(2, { ...pace, freePlaces: 2 })).toEqual({ mean: 0, from: 0, to: 0 })
  expect(expectedWait(0, pace)).toEqual({ mean: 0, from: 0, to: 0 })
})

it('leaves out the share that gives up', () => {
  expect(expectedWait(10, { ...pace, abandoning: 0.25 })).toMatchObject({ mean: 7.5 * minute })
})

it('is unknown without agents, and from fewer than ten chats', () => {
  expect(expectedWait(1, { ...pace, places: 0 })).toBeUndefined()
  expect(expectedWait(1, { ...pace, handled: 9 })).toBeUndefined()
  expect(expectedWait(1, { ...pace, handled: 10 })).toBeDefined()
  expect(expectedWait(1, { ...pace, meanHandling: undefined })).toBeUndefined()
})

/** A seeded random number from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
}

it('holds two thirds of the waits of a desk whose chats end independently of one another', () => {
  for (const ends of [1, 3, 10, 40]) {
    const wait = expectedWait(ends, pace)
    const random = randomOf(ends)
    const waits = Array.from({ length: 4_000 }, () => {
      let time = 0
      for (let end = 0; end < ends; end++) time -= (Math.log(random()) * pace.meanHandling) / pace.places
      return time
    })
    const within = waits.filter((time) => wait && time >= wait.from && time <= wait.to).length
    expect(within / waits.length).toBeGreaterThan(0.63)
    expect(within / waits.length).toBeLessThan(0.73)
  }
})

it('grows with those ahead, and its range contains its mean', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(50), (ahead, freePlaces) => {
      const here = expectedWait(ahead, { ...pace, freePlaces })
      const behind = expectedWait(ahead + 1, { ...pace, freePlaces })
      expect(here && here.from <= here.mean && here.mean <= here.to).toBe(true)
      expect(here && behind && here.mean <= behind.mean && here.from <= behind.from && here.to <= behind.to).toBe(true)
    }),
  )
})
