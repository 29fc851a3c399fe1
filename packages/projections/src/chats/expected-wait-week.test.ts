import { expect, it } from 'vitest'
import { createPaceCount, expectedWait } from './expected-wait.ts'

const hour = 3_600_000
const minute = 60_000
const day = 24 * hour

/** Chats that arrive in each hour of a day, and the places of the agents who work then. */
const arrivals = [
  10, 6, 4, 4, 6, 12, 40, 120, 330, 460, 520, 500, 330, 400, 480, 430, 330, 180, 120, 80, 60, 40, 25, 15,
]
const placesAt = (time: number): number => {
  const of = Math.floor((time % day) / hour)
  return of < 7 || of >= 21 ? 6 : of < 9 || of >= 17 ? 24 : 48
}

type Visit = {
  readonly at: number
  readonly handling: number
  readonly patience: number
  readonly guess: number | undefined
}

/** A seeded random number from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
}

/** Lives a week in a queue, and compares the wait that was expected for each visitor at the end of the queue with how long the visitor waited. */
function liveAWeek(seed: number) {
  const random = randomOf(seed)
  const exponential = (mean: number): number => -Math.log(random()) * mean
  const lognormal = (median: number): number =>
    median * Math.exp(0.6 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()))
  const waiting: Visit[] = []
  const active: number[] = []
  const pace = createPaceCount()
  const errors: number[] = []

  const paceAt = (now: number) =>
    pace.paceAt(now, { places: placesAt(now), freePlaces: Math.max(0, placesAt(now) - active.length) })
  const take = (now: number): void => {
    while (active.length < placesAt(now)) {
      const next = waiting.shift()
      if (!next) return
      active.push(now + next.handling)
      pace.left(now, true)
      ending.push({ at: now + next.handling, handling: next.handling })
      const waited = now - next.at
      if (next.guess !== undefined && waited > 0) errors.push(Math.abs(next.guess - waited) / waited)
    }
  }
  const ending: { at: number; handling: number }[] = []
  let arrival = 0
  for (let now = 0; now < 7 * day; now += 1_000) {
    for (let index = ending.length - 1; index >= 0; index--) {
      const each = ending[index]
      if (!each || each.at > now) continue
      ending.splice(index, 1)
      active.splice(active.indexOf(each.at), 1)
      pace.closed(each.at, each.handling)
    }
    for (let index = waiting.length - 1; index >= 0; index--) {
      const each = waiting[index]
      if (!each || now - each.at < each.patience) continue
      waiting.splice(index, 1)
      pace.left(now, false)
    }
    take(now)
    while (arrival <= now) {
      const guess = expectedWait(waiting.length + 1, paceAt(now))
      const isTold = guess !== undefined && guess.mean > 0
      waiting.push({
        at: now,
        handling: lognormal(5 * minute),
        patience: exponential(15 * minute),
        guess: isTold ? guess.mean : undefined,
      })
      arrival += exponential(hour / (arrivals[Math.floor((arrival % day) / hour)] ?? 1))
      take(now)
    }
  }
  const sorted = errors.toSorted((a, b) => a - b)
  return { estimates: errors.length, median: sorted[Math.floor(sorted.length / 2)] ?? NaN }
}

it('is wrong by less than 30 % for half of those who wait in a week', () => {
  const { estimates, median } = liveAWeek(1)
  expect(estimates).toBeGreaterThan(1_000)
  expect(median).toBeLessThan(0.3)
})
